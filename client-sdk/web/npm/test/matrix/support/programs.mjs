// One program in the words of each place. It makes its client at the top of a module, as most programs do.

import { day } from "./day.mjs";

/** @typedef {{ entry: string, name: string, url?: string }} Wanted by which entry, as whom, and where the server is */

const imported = ({ entry }) => `import { createClient } from ${JSON.stringify(entry)};`;
const required = ({ entry }) => `const { createClient } = require(${JSON.stringify(entry)});`;
/** Pages are of one origin with the server, under a path of it. */
const client = ({ url = "/api" }) => `const gh = createClient(${JSON.stringify(url)});`;
const told = ({ name }) => `(${day})(gh, ${JSON.stringify(name)})`;

const lines = (...all) => `${all.join("\n")}\n`;
const PRINT = "then((told) => console.log(JSON.stringify(told)))";
/** For the programs of those who print much themselves. */
const KEEP = 'then((told) => writeFileSync("told.json", JSON.stringify(told)))';

export const inModule = (wanted) => lines(imported(wanted), client(wanted), `${told(wanted)}.${PRINT};`);

export const inCommonJs = (wanted) => lines(required(wanted), client(wanted), `${told(wanted)}.${PRINT};`);

/** In a page, whose `told` it becomes. */
export const inPage = (wanted) => lines(imported(wanted), client(wanted), `globalThis.told = ${told(wanted)};`);

/** In a worker, which says it to its page. */
export const inWorker = (wanted) => {
  const tell = "then((told) => postMessage({ told }), (error) => postMessage({ error: String(error) }))";
  return lines(imported(wanted), client(wanted), `${told(wanted)}.${tell};`);
};

/** In the page of a worker. */
export const withWorker = (file) =>
  lines(
    `const worker = new Worker(${JSON.stringify(file)}, { type: "module" });`,
    "globalThis.told = new Promise((resolve, reject) => {",
    "  worker.onmessage = ({ data: { told, error } }) => (told ? resolve(told) : reject(new Error(error)));",
    '  worker.onerror = ({ message }) => reject(new Error("the worker: " + message));',
    "});",
  );

/** In a page where nothing can work: what the client says of it. */
export const inBarredPage = (wanted) => {
  const said = "({ code, cause }) => ({ code, cause: String(cause) })";
  return lines(imported(wanted), client(wanted), `globalThis.told = gh.accounts.me().catch(${said});`);
};

export const inVitest = (wanted) =>
  lines(
    'import { writeFileSync } from "node:fs";',
    'import { test } from "vitest";',
    imported(wanted),
    client(wanted),
    `test("a day", () => ${told(wanted)}.${KEEP});`,
  );

/** Jest's functions are globals. */
export const inJest = (wanted) =>
  lines(
    'const { writeFileSync } = require("node:fs");',
    required(wanted),
    client(wanted),
    `test("a day", () => ${told(wanted)}.${KEEP});`,
  );

/** @param {string} head what stands in its head before the script */
export const html = (script, head = "") =>
  lines(
    "<!doctype html>",
    `<html lang="en"><head><meta charset="utf-8"><title>A day</title>${head}`,
    `<script type="module" src="${script}"></script></head><body></body></html>`,
  );
