// Makes the package in dist/ of src/ and of what `cargo xtask wasm`, which calls this, has left in generated/. It is
// enough by itself where no Rust has changed.

import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { BUNDLES, bundle } from "./build/bundle.mjs";
import { prepareCore } from "./build/core.mjs";
import { writeTypes } from "./build/types.mjs";

process.chdir(fileURLToPath(new URL(".", import.meta.url)));

try {
  await prepareCore();
  rmSync("dist", { recursive: true, force: true });
  mkdirSync("dist");
  writeTypes();
  copyFileSync("generated/guildhall.wasm", "dist/guildhall.wasm");
  for (const licence of ["LICENSE-APACHE", "LICENSE-MIT"]) {
    copyFileSync(`../../../${licence}`, `dist/${licence}`);
  }
  await Promise.all(Object.keys(BUNDLES).map((file) => bundle(file)));
} catch (error) {
  // Not thrown: what went wrong is said, by this or by the tool that failed, and a trace would bury it.
  console.error(error.message);
  process.exitCode = 1;
}
