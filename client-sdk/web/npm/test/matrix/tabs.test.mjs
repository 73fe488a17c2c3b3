// Tabs that share a login whose access token lives for moments only: nobody is signed out, no more is renewed than has
// to be, and each tab hears everything once.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";

import { startServer } from "../server.mjs";
import { openBrowser, openPage } from "./support/browser.mjs";
import { openGate } from "./support/gate.mjs";
import { html } from "./support/programs.mjs";
import { installPackage } from "./support/project.mjs";

/** Of an access token, in seconds. */
const LIFETIME = 5;
/** How old it is when it is renewed: a tenth of its life is left then at the most, and tabs ask twice a second. */
const YOUNGEST = 0.9 * LIFETIME;
const OLDEST = LIFETIME + 1;
const PASSWORD = "plum-orbit-velvet";

let installed, folder, server, browser, createClient;

before(async () => {
  installed = installPackage();
  const program = readFileSync(new URL("support/tab.mjs", import.meta.url), "utf8");
  folder = installed.project({ "tab.js": program, "index.html": html("tab.js") });
  server = await startServer({ ACCESS_TOKEN_EXPIRE_MINUTES: `${LIFETIME / 60}` });
  browser = await openBrowser();
  const entry = join(folder, "node_modules/@guildhall/client/dist/index.js");
  ({ createClient } = await import(pathToFileURL(entry)));
});

after(async () => {
  await Promise.all([server?.stop(), browser?.close()]);
  installed?.remove();
});

describe("two tabs that share a login", { concurrency: true, timeout: 180_000 }, () => {
  test("stay signed in for a minute, and sign out together", async () => {
    await withTabs(async (tabs) => {
      await live(tabs, 60);
      const [one, other] = tabs.pages;
      await other.evaluate(() => {
        globalThis.told = new Promise((resolve) => tab.gh.auth.onChange((...change) => resolve(change)));
      });
      const start = Date.now();
      await one.evaluate(() => tab.gh.auth.signOut());
      assert.deepEqual(await other.evaluate(() => globalThis.told), ["signedOut", "signedOut"]);
      assert(Date.now() - start < 2_000, `it took ${Date.now() - start} ms`);
      assert.equal(await other.evaluate(() => localStorage.length), 0);
      await until(async () => (await stateOf(other)).connection === "ended");
    });
  });

  test("stay signed in where one is busy while the token ends, and for longer than it lives", async () => {
    await withTabs(async (tabs) => {
      const [one, other] = tabs.pages;
      await live(tabs, 16, async () => {
        for (const seconds of [3, LIFETIME + 1]) {
          await pause(3_000);
          const { answers } = await stateOf(other);
          await one.evaluate((milliseconds) => tab.block(milliseconds), seconds * 1000);
          assert((await stateOf(other)).answers > answers + seconds, "the other goes on");
        }
      });
    });
  });

  test("stay signed in where one is loaded anew", async () => {
    await withTabs(async (tabs) => {
      await live(tabs, 12, async () => {
        for (const page of [...tabs.pages, ...tabs.pages]) {
          await pause(2_300);
          await page.reload();
        }
      });
    });
  });
});

/** Opens two tabs of someone who signs in in the one. */
async function withTabs(use) {
  const refreshes = [];
  const answered = (path, status, text) => path === "/auth/refresh" && refreshes.push({ status, text });
  const gate = await openGate(server.url, folder, { answered });
  const context = await browser.newContext();
  try {
    const [one, other] = [await openPage(context), await openPage(context)];
    const pages = [one.page, other.page];
    for (const page of pages) await page.goto(`${gate.url}/`);
    const name = `ada-${new URL(gate.url).port}`;
    const start = performance.now();
    const id = await one.page.evaluate(async ([username, password]) => {
      const { id } = await tab.gh.auth.signUp({ username, email: `${username}@example.org`, password });
      await tab.gh.auth.signIn({ email: username, password });
      return id;
    }, [name, PASSWORD]);
    await until(() => other.page.evaluate(() => tab.gh.auth.state === "signedIn"));
    await use({ pages, id, name, start, refreshes, complaints: [one.complaints, other.complaints] });
  } finally {
    await context.close();
    gate.close();
  }
}

/** Lets the tabs live for a while, and looks whether they do well. */
async function live({ pages, id, name, start, refreshes, complaints }, seconds, meanwhile = () => {}) {
  for (const page of pages) await page.evaluate(() => tab.follow());
  for (const page of pages) await until(async () => (await stateOf(page)).connection === "connected");
  const [sent] = await Promise.all([write(id, `grace-of-${name}`, seconds), meanwhile()]);
  for (const page of pages) await comesTrue(async () => (await stateOf(page)).heard.length >= sent.length);
  // What comes twice comes a little later.
  await pause(500);
  for (const page of pages) await page.evaluate(() => tab.stopAsking());
  const lasted = (performance.now() - start) / 1000;

  for (const page of pages) {
    const { heard, failures, changes, isSignedIn } = await stateOf(page);
    assert.deepEqual([heard, failures, isSignedIn], [sent, [], true]);
    assert.deepEqual([...new Set(changes)], ["signedIn", "renewed"]);
  }
  assert.deepEqual(complaints, [[], []]);
  assert.deepEqual(refreshes.filter(({ status }) => status !== 200), []);
  // Who comes a moment later with the same token gets the same answer, and that counts for nothing.
  const renewals = new Set(refreshes.map(({ text }) => JSON.parse(text).refresh_token)).size;
  const [least, most] = [Math.floor(lasted / OLDEST), Math.ceil(lasted / YOUNGEST)];
  const told = `${renewals} renewals by ${refreshes.length} requests in ${lasted.toFixed(1)} s`;
  assert(least <= renewals && renewals <= most, `${told}; expected were ${least} to ${most}`);
}

/** Writes to someone again and again, as someone else. */
async function write(receiver_id, username, seconds) {
  const grace = createClient(server.url);
  const { email } = await grace.auth.signUp({ username, email: `${username}@example.org`, password: PASSWORD });
  await grace.auth.signIn({ email, password: PASSWORD });
  const sent = [];
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await pause(400)) {
    const content = `message ${sent.length}`;
    await grace.messages.send({ content, receiver_id });
    sent.push(content);
  }
  return sent;
}

const stateOf = (page) => page.evaluate(() => tab.state());

async function until(holds) {
  assert(await comesTrue(holds), `in vain: ${holds}`);
}

/** Waits longer than a stream does before it connects again: tokens so short make all its connections short ones. */
async function comesTrue(holds) {
  for (const end = Date.now() + 40_000; Date.now() < end; await pause(50)) if (await holds()) return true;
  return false;
}
