// A server for tests: the real program, on a free port, with data in memory, serving a built page.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const PROGRAM = process.env["GUILDHALL"] ?? fileURLToPath(new URL("../../target/debug/guildhall", import.meta.url));

export interface Server {
  url: string;
  stop(): Promise<void>;
}

/** @param example the example whose page is served: the name of its folder */
export async function startServer(example: string): Promise<Server> {
  const page = fileURLToPath(new URL(`../${example}/dist`, import.meta.url));
  if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is not there: cargo build -p guildhall-server`);
  if (!existsSync(page)) throw new Error(`${page} is not there: build examples/${example} first`);

  const env = { ...process.env, DATABASE_URL: "sqlite::memory:", PORT: "0", LOG: "warn", WEB: page };
  const server = spawn(PROGRAM, ["serve"], { env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise<never>((_, reject) => {
    server.once("error", reject);
    server.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
  });
  ended.catch(() => {});

  // It says where it listens when it does.
  const said = new Promise<string>((resolve) => {
    createInterface(server.stdout).on("line", (line) => {
      const url = /^API:\s+(\S+)/.exec(line)?.[1];
      if (url) resolve(url);
    });
  });
  return {
    url: await Promise.race([said, ended]),
    async stop() {
      server.kill();
      await ended.catch(() => {});
    },
  };
}
