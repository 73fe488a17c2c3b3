// The core as WebAssembly, for Node.js, whose `fetch` knows no files.

import { readFile } from "node:fs/promises";

import { once } from "./once.js";

export const loadCore: ReturnType<typeof once> = once(async (imports) => {
  const file = await readFile(new URL("./guildhall.wasm", import.meta.url));
  return (await WebAssembly.instantiate(file, imports)).instance;
});
