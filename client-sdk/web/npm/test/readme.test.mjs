// The README's snippets, one after the other as one program: they compile, and they run.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { transformSync } from "esbuild";

import { startServer } from "./server.mjs";

// Within the package, where it can be imported by its name.
const folder = new URL("../generated/readme/", import.meta.url);
const snippets = readFileSync(new URL("../README.md", import.meta.url), "utf8").matchAll(/^```[tj]s\n(.*?)^```$/gms);
const program = [...snippets].map(([, snippet]) => snippet).join("\n");

let server;
before(async () => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  server = await startServer();
});
after(() => server.stop());

test("the README's snippets have the types that they should", () => {
  // All that they use of Node.js.
  const node = 'declare module "node:fs" { export const existsSync: any, readFileSync: any, rmSync: any, writeFileSync: any; }';
  writeFileSync(new URL("node.d.ts", folder), node);
  writeFileSync(new URL("readme.mts", folder), program);
  const options = ["--ignoreConfig", "--noEmit", "--strict", "--exactOptionalPropertyTypes", "--skipLibCheck", "false"];
  const tsc = new URL("../node_modules/.bin/tsc", import.meta.url).pathname;
  execFileSync(tsc, [...options, "--module", "nodenext", "--types", "", "node.d.ts", "readme.mts"], {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit"],
  });
});

test("the README's snippets run", () => {
  const here = program.replaceAll("https://guildhall.example.org", server.url);
  writeFileSync(new URL("readme.mjs", folder), transformSync(here, { loader: "ts", target: "node20" }).code);
  execFileSync("node", ["readme.mjs"], { cwd: folder, stdio: ["ignore", "ignore", "inherit"], timeout: 60_000 });
});
