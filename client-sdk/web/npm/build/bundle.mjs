// The facade and a core, as one file for each entry of the package.

import { build } from "esbuild";

/** What runs on it need not be older: private members, and `Object.hasOwn`, are of 2022. */
const TARGET = "es2022";

/** In CommonJS no module knows its URL, but its file. */
const MODULE_URL = {
  define: { "import.meta.url": "moduleUrl" },
  banner: { js: 'const moduleUrl=require("node:url").pathToFileURL(__filename).href;' },
};

/** By file in dist/: what stands in the place of "#core", and what esbuild is told besides. */
export const BUNDLES = {
  "index.js": { core: "js" },
  "index.cjs": { core: "js", options: { format: "cjs" } },
  "wasm.js": { core: "fetched" },
  "wasm.node.js": { core: "read", options: { platform: "node" } },
  "wasm.node.cjs": { core: "read", options: { platform: "node", format: "cjs", ...MODULE_URL } },
};

/**
 * @param {string} file one of BUNDLES
 * @param {import("esbuild").BuildOptions} more
 */
export function bundle(file, more = {}) {
  const { core, options } = BUNDLES[file];
  return build({
    entryPoints: ["src/index.ts"],
    outfile: `dist/${file}`,
    alias: { "#core": `./src/core/${core}.ts` },
    bundle: true,
    minify: true,
    format: "esm",
    target: TARGET,
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
    ...options,
    ...more,
  });
}
