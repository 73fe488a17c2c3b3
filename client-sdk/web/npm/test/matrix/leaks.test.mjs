// Programs that are done end by themselves, and clients that nobody has any more go.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";

import { startServer } from "../server.mjs";
import { installPackage } from "./support/project.mjs";

/** How long a program that has nothing left to do may take to end, in milliseconds. */
const MOMENT = 2_000;
const SOCKETS = { "over sockets": ["--experimental-websocket"], "without sockets": [] };

let installed, server;

before(async () => {
  installed = installPackage();
  server = await startServer();
});

after(async () => {
  await server?.stop();
  installed?.remove();
});

describe("a program ends by itself", { concurrency: 2, timeout: 60_000 }, () => {
  for (const entry of ["@guildhall/client", "@guildhall/client/wasm"]) {
    test(`with 200 clients of ${entry} that it has dropped, and they with it`, async () => {
      const told = await ends(entry, ["--expose-gc"], `
        const collected = new Set();
        const registry = new FinalizationRegistry((number) => collected.add(number));
        const codes = new Set();
        async function use(number) {
          const gh = createClient(URL);
          registry.register(gh, number);
          if (number % 2) gh.stream().on("new_message", () => {});
          await gh.accounts.me().catch(({ code }) => codes.add(code));
        }
        for (let number = 0; number < 200; number += 20) {
          await Promise.all(Array.from({ length: 20 }, (_, more) => use(number + more)));
        }
        for (let left = 50; left > 0 && collected.size < 200; left -= 1) {
          await new Promise((resolve) => setTimeout(resolve, 20));
          gc();
        }
        tell({ codes: [...codes], collected: collected.size });
      `);
      // What is on the stack may keep one of them.
      assert.deepEqual(told.codes, ["not_authenticated"]);
      assert(told.collected >= 195, `only ${told.collected} are gone`);
    });

    for (const [how, options] of Object.entries(SOCKETS)) {
      test(`that signed in by ${entry} and closed its stream, ${how}`, async () => {
        const username = `ada-${entry.length}-${options.length}`;
        const told = await ends(entry, options, `
          const ada = { username: "${username}", email: "${username}@example.org", password: "plum-orbit-velvet" };
          const gh = createClient(URL);
          const { id } = await gh.auth.signUp(ada);
          await gh.auth.signIn({ email: ada.email, password: ada.password });
          const stream = gh.stream();
          const heard = new Promise((resolve) => stream.on("new_message", ({ message }) => resolve(message.content)));
          await new Promise((resolve) => stream.onConnection((now) => now === "connected" && resolve()));
          await gh.messages.send({ content: "Hello", receiver_id: id });
          const content = await heard;
          stream.close();
          tell({ content, hasSockets: typeof WebSocket !== "undefined" });
        `);
        assert.deepEqual(told, { content: "Hello", hasSockets: options.length > 0 });
      });
    }
  }
});

/** What a program tells, and that it has nothing left to do then. */
async function ends(entry, options, body) {
  const program = `
    import { createClient } from "${entry}";
    const URL = "${server.url}";
    const tell = (told) => console.log(JSON.stringify(told));
    ${body}`;
  const cwd = installed.project({ "main.mjs": program });
  const child = spawn(process.execPath, [...options, "--no-warnings", "main.mjs"], {
    cwd,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exit = once(child, "exit");
  let printed = "";
  let timer;
  child.stdout.on("data", (part) => {
    printed += part;
    timer ??= setTimeout(() => child.kill("SIGKILL"), MOMENT);
  });
  const [code, signal] = await exit;
  clearTimeout(timer);
  assert.deepEqual([code, signal], [0, null], printed ? `it did not end after it told ${printed}` : "it told nothing");
  return JSON.parse(printed);
}
