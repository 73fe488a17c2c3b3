// A server for tests, on a port and a database of its own.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PROGRAM = process.env.GUILDHALL ?? fileURLToPath(new URL("../../../../target/debug/guildhall", import.meta.url));

/** @param {Record<string, string>} settings environment variables */
export async function startServer(settings = {}) {
  const folder = mkdtempSync(join(tmpdir(), "guildhall-npm-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let server;

  async function start() {
    const env = { ...process.env, DATABASE_URL: `sqlite:///${join(folder, "test.db")}`, PORT: `${port}`, ...settings };
    server = spawn(PROGRAM, { cwd: folder, env, stdio: ["ignore", "ignore", "inherit"] });
    server.once("error", (error) => console.error(`${PROGRAM} does not start: ${error.message}`));
    for (const end = Date.now() + 20_000; Date.now() < end; await pause(50)) {
      if (await fetch(`${url}/readyz`).then(({ ok }) => ok, () => false)) return;
    }
    throw new Error("the server does not start");
  }

  async function stop() {
    const ended = new Promise((resolve) => server.once("exit", resolve));
    if (server.exitCode === null) {
      server.kill("SIGKILL");
      await ended;
    }
  }

  await start();
  return {
    url,
    async restart() {
      await stop();
      await pause(300);
      await start();
    },
    async stop() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function freePort() {
  return new Promise((resolve) => {
    const socket = createServer().listen(0, "127.0.0.1", () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}
