// Shows what the package weighs and what is in it, and fails where an entry is larger than it may be.

import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import { bundle } from "./build/bundle.mjs";
import { weigh } from "./build/functions.mjs";

/** What a page transfers for each entry, and how much it may be. A kilobyte has 1000 bytes. */
const ENTRIES = [
  { name: ".", files: ["index.js"], limit: 40_000 },
  { name: ". by require", files: ["index.cjs"], limit: 40_000 },
  { name: "./wasm", files: ["wasm.js", "guildhall.wasm"], limit: 32_000 },
];
/** Where the table of the calls is, which is what an endpoint costs. */
const CALLS = /^src\/methods\.ts$/;
const LARGEST = 12;

process.chdir(fileURLToPath(new URL(".", import.meta.url)));
const complaints = showEntries();
const { outputs } = (await bundle("wasm.js", { write: false })).metafile;
const modules = Object.entries(Object.values(outputs)[0].inputs);
showModules();
showFunctions();
await showCalls();
complaints.forEach((complaint) => console.error(`\nerror: ${complaint}`));
process.exitCode = complaints.length === 0 ? 0 : 1;

/** @returns what is larger than it may be. */
function showEntries() {
  const rows = [["entry", "file", "bytes", "gzip -9", "limit"]];
  const tooLarge = [];
  for (const { name, files, limit } of ENTRIES) {
    const sizes = files.map((file) => [file, ...weighFile(`dist/${file}`)]);
    const total = sizes.reduce((sum, [, , zipped]) => sum + zipped, 0);
    sizes.forEach(([file, raw, zipped], at) => {
      rows.push([at === 0 ? name : "", file, `${raw}`, `${zipped}`, files.length === 1 ? `${limit}` : ""]);
    });
    if (files.length > 1) rows.push(["", "together", "", `${total}`, `${limit}`]);
    if (total > limit) tooLarge.push(`the entry ${name} is ${total - limit} bytes larger than its limit`);
  }
  show("What is transferred", rows);
  return tooLarge;
}

function weighFile(path) {
  const content = readFileSync(path);
  return [content.length, zip(content)];
}

function zip(content) {
  return gzipSync(content, { level: 9 }).length;
}

function showModules() {
  const sizes = modules.map(([path, { bytesInOutput }]) => [path, bytesInOutput]);
  show("JavaScript of ./wasm, by module", [["module", "bytes"], ...descending(sizes)]);
}

function showFunctions() {
  const { functions, rest } = weigh(readFileSync("generated/core.named.wasm"));
  const crates = new Map();
  for (const { crate, bytes } of functions) crates.set(crate, (crates.get(crate) ?? 0) + bytes);
  show("WebAssembly with its names still, by crate and section", [
    ["crate or section", "bytes"],
    ...descending([...crates]),
    ...descending(Object.entries(rest)).map(([what, bytes]) => [`(${what})`, bytes]),
  ]);
  show(`Its ${LARGEST} largest functions`, [
    ["function", "bytes"],
    ...descending(functions.map(({ name, bytes }) => [shorten(name), bytes])).slice(0, LARGEST),
  ]);
}

/** What the calls cost: how much smaller the package is without their table. */
async function showCalls() {
  const calls = modules.filter(([path]) => CALLS.test(path));
  if (calls.length === 0) return;
  const raw = calls.reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0);
  const [withCalls, without] = await Promise.all([sizeOf(), sizeOf([withoutCalls()])]);
  const { paths } = JSON.parse(readFileSync("../../../openapi/openapi.json", "utf8"));
  const endpoints = Object.values(paths).reduce((sum, methods) => sum + Object.keys(methods).length, 0);
  show(`The calls to ${endpoints} endpoints`, [
    ["", "bytes", "gzip -9"],
    ["all", `${raw}`, `${withCalls - without}`],
    ["each", (raw / endpoints).toFixed(1), ((withCalls - without) / endpoints).toFixed(1)],
  ]);
}

async function sizeOf(plugins = []) {
  const { outputFiles } = await bundle("wasm.js", { write: false, plugins, logLevel: "silent" });
  return zip(outputFiles[0].contents);
}

/** Empties the modules of the calls; as CommonJS, so that esbuild misses none of their exports. */
function withoutCalls() {
  const setup = ({ onLoad }) => {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const isOfCalls = CALLS.test(relative("", path).replaceAll("\\", "/"));
      return isOfCalls ? { contents: "module.exports = {}", loader: "js" } : undefined;
    });
  };
  return { name: "without calls", setup };
}

function descending(pairs) {
  return pairs.sort(([, left], [, right]) => right - left).map(([what, bytes]) => [what, `${bytes}`]);
}

function shorten(name) {
  return name.length > 90 ? `${name.slice(0, 60)} … ${name.slice(-27)}` : name;
}

function show(title, rows) {
  const columns = rows[0].map((_, column) => rows.map((row) => row[column]));
  const pads = columns.map(([heading, ...cells]) => {
    const width = Math.max(heading.length, ...cells.map((cell) => cell.length));
    const isOfNumbers = cells.every((cell) => /^[\d.]*$/.test(cell));
    return (cell) => (isOfNumbers ? cell.padStart(width) : cell.padEnd(width));
  });
  console.log(`\n${title}`);
  for (const row of rows) {
    console.log(`  ${row.map((cell, column) => pads[column](cell)).join("  ").trimEnd()}`);
  }
}
