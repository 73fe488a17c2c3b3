// The session in Node.js, by each entry, over sockets where there are any and without.

import { createRequire } from "node:module";
import { after, before, test } from "node:test";

import { startServer } from "./server.mjs";
import { session } from "./session.mjs";

const require = createRequire(import.meta.url);
const ENTRIES = {
  "@guildhall/client": () => import("@guildhall/client"),
  "@guildhall/client by require": () => require("@guildhall/client"),
  "@guildhall/client/wasm": () => import("@guildhall/client/wasm"),
  "@guildhall/client/wasm by require": () => require("@guildhall/client/wasm"),
};

let server;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

for (const [entry, load] of Object.entries(ENTRIES)) {
  test(`${entry} without sockets`, async () => {
    await session(await load(), server.url, { restart: server.restart, options: { WebSocket: null } });
  });
  test(`${entry} over sockets`, { skip: !globalThis.WebSocket && "no WebSocket here" }, async () => {
    await session(await load(), server.url, { restart: server.restart });
  });
}
