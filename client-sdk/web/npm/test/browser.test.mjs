// The entries in a page, under the strictest policy that lets them work.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { calls } from "./calls.mjs";

const LIMIT = { timeout: 60_000 };
const STRICT = "default-src 'none'; script-src 'self'; connect-src 'self'";
const WITH_WASM = STRICT.replace("'self';", "'self' 'wasm-unsafe-eval';");

test("the entry . works where a page may run nothing but its scripts", LIMIT, async () => {
  assert.equal(await tellOf("index.js", STRICT), "well");
});

test("the entry ./wasm works where a page may run WebAssembly", LIMIT, async () => {
  assert.equal(await tellOf("wasm.js", WITH_WASM), "well");
});

test("the entry ./wasm says so where a page may not", LIMIT, async () => {
  assert.match(await tellOf("wasm.js", STRICT), / CompileError: .*Content Security Policy/);
});

test("the entry ./wasm works where the server has no name for the type of its file", LIMIT, async () => {
  assert.equal(await tellOf("wasm.js", WITH_WASM, "application/octet-stream"), "well");
});

/** What a page says that imports `entry` under `policy`. */
async function tellOf(entry, policy, typeOfWasm = "application/wasm") {
  const folder = mkdtempSync(join(tmpdir(), "guildhall-"));
  let hear;
  const heard = new Promise((resolve) => (hear = resolve));
  const server = createServer((request, response) => {
    const { type, body } = answer(request.url, entry, typeOfWasm);
    response.setHeader("content-type", type).setHeader("content-security-policy", policy).end(body);
    if (request.method === "POST") request.setEncoding("utf8").once("data", hear);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const page = `http://127.0.0.1:${server.address().port}/`;
  const options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"];
  const browser = spawn("chromium", [...options, `--user-data-dir=${folder}`, page], {
    stdio: "ignore",
    // In a group of its own, so that all of the browser's processes end with it.
    detached: true,
  });
  const ended = once(browser, "exit").then(([code]) => `Chromium ended with ${code}`);
  try {
    return await Promise.race([heard, ended]);
  } finally {
    if (browser.exitCode === null) process.kill(-browser.pid, "SIGKILL");
    await ended;
    server.close();
    server.closeAllConnections();
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

function answer(path, entry, typeOfWasm) {
  if (path === "/") return { type: "text/html", body: '<script type="module" src="/try.js"></script>' };
  if (path === "/told") return { type: "text/plain", body: "" };
  if (path === "/guildhall.wasm") return { type: typeOfWasm, body: readFileSync("dist/guildhall.wasm") };
  if (path === `/${entry}`) return { type: "text/javascript", body: readFileSync(`dist/${entry}`) };
  if (path !== "/try.js") return { type: "text/plain", body: "" };
  const tell = 'fetch("/told", { method: "POST", body: [told, told.cause].join(" ").trim() })';
  const tried = `import("./${entry}").then(({ createClient }) => (${calls})(createClient))`;
  return { type: "text/javascript", body: `const tell = (told) => ${tell};\n${tried}.then(tell, tell);` };
}
