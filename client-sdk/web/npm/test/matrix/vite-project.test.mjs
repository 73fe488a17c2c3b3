// A new project of Vite's in TypeScript: the compiler takes a program of all kinds of calls, and the page that is built
// of it lives through a whole session.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { startServer } from "../server.mjs";
import { openBrowser, openPage } from "./support/browser.mjs";
import { openGate } from "./support/gate.mjs";
import { installPackage, toolPath } from "./support/project.mjs";
import { viteProject } from "./support/vite-project.mjs";

let installed, folder, server, browser;

before(async () => {
  installed = installPackage();
  folder = installed.project(viteProject(), ["vite", "typescript"]);
  server = await startServer();
  browser = await openBrowser();
});

after(async () => {
  await Promise.all([server?.stop(), browser?.close()]);
  installed?.remove();
});

test("the TypeScript compiler takes it, the package's declarations too", () => {
  run("typescript/bin/tsc");
});

test("what Vite builds of it lives through a session in Chromium", { timeout: 120_000 }, async () => {
  run("vite/bin/vite.js", "build", "--logLevel", "warn");
  const gate = await openGate(server.url, join(folder, "dist"));
  try {
    const { page, complaints } = await openPage(browser);
    await page.exposeFunction("restart", () => server.restart());
    await page.goto(`${gate.url}/`);
    const told = await page.evaluate(() => globalThis.told);
    // Answers that say no, a lost socket, and the listener that throws on purpose.
    const others = complaints.filter((complaint) => !/^(Failed to load resource|WebSocket connection)/.test(complaint));
    assert.deepEqual([told, others], ["well", ["Error: this listener is broken, and harms nobody"]]);
    assert.equal(await page.textContent("#app"), "well");
  } finally {
    gate.close();
  }
});

function run(tool, ...args) {
  execFileSync(process.execPath, [toolPath(tool), ...args], { cwd: folder, stdio: ["ignore", "inherit", "inherit"] });
}
