// The Rust core, from what wasm-bindgen made (core.js, core.d.ts, core_bg.wasm in generated/) to what the package is
// bundled of:
//
// - core.named.wasm: optimised, with the names of its functions, for the table of sizes.
// - guildhall.wasm: the same as it is shipped.
// - core-as-js.js: the same again as JavaScript.
// - glue.js: wasm-bindgen's JavaScript, to be used with either.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";

/**
 * By their names, and never all that wasm-opt knows: of some it writes encodings that no browser reads yet.
 * They are those that rustc uses, less the ones that xtask/src/wasm.rs turns off.
 */
const FEATURES = [
  "--enable-bulk-memory",
  "--enable-bulk-memory-opt",
  "--enable-mutable-globals",
  "--enable-sign-ext",
];
const OPTIMISATION = [
  // Nothing lies in the first kilobyte: it is the far end of the stack.
  "--low-memory-unused",
  // Better than -Oz, which makes the module itself smaller, but not what gzip makes of it.
  "-Os",
  // Blocks and loops anew, out of flat code: this suits the large functions that `async` becomes.
  "--flatten",
  "--rereloop",
  "-Os",
  "--converge",
];

const generated = (name) => `generated/${name}`;

/** Makes these files anew if what they are made of has changed. */
export async function prepareCore() {
  const stamp = generated("made-of");
  const inputs = [generated("core.js"), generated("core_bg.wasm"), "package-lock.json", "build/core.mjs"];
  const hash = createHash("sha256");
  inputs.forEach((input) => hash.update(readFileSync(input)));
  const madeOf = hash.digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === madeOf) return;

  const shortNames = optimise();
  await validate(generated("guildhall.wasm"), shortNames);
  writeAsJavaScript();
  writeGlue(shortNames);
  writeFileSync(stamp, madeOf);
}

/** @returns the short names by which the shipped module knows its imports and exports. */
function optimise() {
  run("wasm-opt", [...OPTIMISATION, "-g", generated("core_bg.wasm"), "-o", generated("core.named.wasm")]);
  const answer = run("wasm-opt", [
    "--minify-imports-and-exports-and-modules",
    "--strip-debug",
    "--strip-producers",
    "--strip-target-features",
    generated("core.named.wasm"),
    "-o",
    generated("guildhall.wasm"),
  ]);
  const { imports, exports } = JSON.parse(answer);
  return {
    imports: new Map(imports.map(([, long, short]) => [long, short])),
    exports: new Map(exports),
  };
}

async function validate(path, shortNames) {
  const module = await WebAssembly.compile(readFileSync(path));
  const imported = WebAssembly.Module.imports(module);
  const strange = imported.find(({ module: from }) => from !== IMPORTED_FROM);
  if (strange || imported.length !== shortNames.imports.size) {
    throw new Error("wasm-opt has named the imports otherwise than this program expects");
  }
}

/** What wasm-opt makes of the one module that wasm-bindgen imports from. */
const IMPORTED_FROM = "a";

/** In the form that Emscripten expects, which is one function that takes the imports and runs when it is called. */
function writeAsJavaScript() {
  const path = generated("core-as-js.js");
  run("wasm2js", ["-Oz", "--emscripten", generated("guildhall.wasm"), "-o", path]);
  writeFileSync(path, `${readFileSync(path, "utf8")}\nexport { instantiate };\n`);
  writeFileSync(
    generated("core-as-js.d.ts"),
    "export function instantiate(imports: WebAssembly.Imports): WebAssembly.Exports;\n",
  );
}

function writeGlue(shortNames) {
  let glue = readFileSync(generated("core.js"), "utf8");

  // Its own loaders go, and what ours need is exported.
  glue = replaceAll(glue, /^export \{ initSync, __wbg_init as default \};$/gm, () => {
    return "export { __wbg_get_imports as imports, __wbg_finalize_init as finish };";
  });

  glue = replaceAll(glue, /\bwasm\.(\w+)/g, (_, long) => `wasm.${short(shortNames.exports, long)}`);
  glue = replaceAll(glue, /^ {8}(__wb\w+): function\(/gm, (_, long) => {
    return `        ${short(shortNames.imports, long)}: function(`;
  });
  glue = replaceAll(glue, /"\.\/core_bg\.js": import0/g, () => `${IMPORTED_FROM}: import0`);

  // A memory that grows tells so by emptying its old buffer. That of JavaScript does not: there the buffer must be
  // compared.
  const memory = `wasm.${short(shortNames.exports, "memory")}.buffer`;
  glue = glue.replace(/(cached\w+)\.byteLength === 0/g, `$1.buffer !== ${memory}`);
  glue = glue.replace(/(cached\w+)\.buffer\.detached === true \|\| \(.*\)\) \{$/gm, `$1.buffer !== ${memory}) {`);
  if (/\.byteLength === 0|\.detached/.test(glue)) {
    throw new Error("wasm-bindgen looks after its views of the memory otherwise than this program expects");
  }

  glue = replaceAll(glue, /^let cachedTextDecoder = [^]*?^function decodeText\([^]*?^\}$/gm, () => DECODE_TEXT);
  glue = replaceAll(glue, /^function passStringToWasm0\([^]*?^\}$/gm, () => PASS_STRING);
  glue = replaceAll(glue, /^const cachedTextEncoder = [^]*?^\}$/gm, () => "");

  writeFileSync(generated("glue.js"), glue);
  writeFileSync(
    generated("glue.d.ts"),
    [
      'export * from "./core.js";',
      "export function imports(): WebAssembly.Imports;",
      "export function finish(instance: { exports: WebAssembly.Exports }): void;\n",
    ].join("\n"),
  );
}

/**
 * Texts without `TextDecoder` and `TextEncoder`, which jsdom has not, nor have all telephones. What goes through is short:
 * paths, tokens, cursors.
 */
const DECODE_TEXT = `function decodeText(bytes) {
    return decodeURIComponent(escape(String.fromCharCode(...bytes)));
}`;
const PASS_STRING = `function passStringToWasm0(arg, malloc) {
    const bytes = unescape(encodeURIComponent(arg.replace(/\\p{Surrogate}/gu, "\\ufffd")));
    const ptr = malloc(bytes.length, 1) >>> 0;
    const memory = getUint8ArrayMemory0();
    for (let at = 0; at < bytes.length; at++) memory[ptr + at] = bytes.charCodeAt(at);
    WASM_VECTOR_LEN = bytes.length;
    return ptr;
}`;

function short(names, long) {
  const name = names.get(long);
  if (!name) throw new Error(`the module knows no ${long}, of which wasm-bindgen's JavaScript speaks`);
  return name;
}

function replaceAll(text, pattern, by) {
  if (!pattern.test(text)) throw new Error(`wasm-bindgen's JavaScript has no ${pattern} any more`);
  return text.replace(pattern, by);
}

function run(program, args) {
  return execFileSync(`node_modules/.bin/${program}`, [...FEATURES, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
}
