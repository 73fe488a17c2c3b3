// A day with the package in each place where it is said to run: of the packed package, with a real server, and with no
// more configuration than anybody has to write.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";

import { startServer } from "../server.mjs";
import { openBrowser, openPage } from "./support/browser.mjs";
import { goodDay } from "./support/day.mjs";
import { ENVIRONMENTS, FORGETFUL } from "./support/environments.mjs";
import { openGate } from "./support/gate.mjs";
import { installPackage } from "./support/project.mjs";

const JS = "@guildhall/client";
const WASM = "@guildhall/client/wasm";
const { "a policy that does not": strict, ...others } = ENVIRONMENTS;

/** Not all at once: each starts programs of its own. */
const OPTIONS = { concurrency: 2, timeout: 120_000 };

let server, browser, installed;

before(async () => {
  installed = installPackage();
  server = await startServer();
  browser = await openBrowser();
});

after(async () => {
  await Promise.all([server?.stop(), browser?.close()]);
  installed?.remove();
});

describe(`${JS} runs in`, OPTIONS, () => {
  for (const [place, run] of Object.entries(ENVIRONMENTS)) test(place, () => assertGood(run, JS, place));
});

describe(`${WASM} runs in`, OPTIONS, () => {
  for (const [place, run] of Object.entries(others)) test(place, () => assertGood(run, WASM, place));
});

describe(`${WASM} says what is wrong`, OPTIONS, () => {
  test("where a policy does not allow it", async () => {
    const { code, cause } = await strict({ entry: WASM, name: "strict" }, tools());
    assert.equal(code, "internal");
    assert.match(cause, /^CompileError: .*Content Security Policy/);
  });

  for (const [bundler, run] of Object.entries(FORGETFUL)) {
    test(`where ${bundler} has left its file behind`, async () => {
      const { code, cause } = await run({ entry: WASM, name: `forgotten-${bundler}` }, tools(/guildhall\.wasm$/));
      assert.equal(code, "internal");
      assert.match(cause, /^Error: http:\S+\/guildhall\.wasm answered with 404$/);
    });
  }
});

async function assertGood(run, entry, place) {
  // Nobody else may have it at the server.
  const name = `${entry === WASM ? "wasm" : "js"}-${place.toLowerCase().replace(/\W+/g, "-")}`;
  assert.deepEqual(await run({ entry, name }, tools()), goodDay(name));
}

/** @param {RegExp} [expected] what pages may complain of */
function tools(expected) {
  const visitAt = async (url) => {
    const { page, complaints } = await openPage(browser);
    try {
      await page.goto(url);
      const told = await page.evaluate(() => globalThis.told);
      assert.deepEqual(complaints.filter((complaint) => !expected?.test(complaint)), []);
      return told;
    } catch (error) {
      // Scripts that fail leave nothing to be told, and their errors here.
      throw complaints.length ? new AggregateError([error], complaints.join("\n")) : error;
    } finally {
      await page.context().close();
    }
  };
  return {
    server: server.url,
    project: installed.project,
    visitAt,
    async visit(folder, headers) {
      const gate = await openGate(server.url, folder, { headers });
      try {
        return await visitAt(`${gate.url}/`);
      } finally {
        gate.close();
      }
    },
    async node(args, folder) {
      const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder, timeout: 60_000 });
      return stdout;
    },
  };
}
