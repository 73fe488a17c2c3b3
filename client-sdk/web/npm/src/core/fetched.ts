// The core as WebAssembly, for browsers: it is compiled while it comes over the network.

import { once } from "./once.js";

export const loadCore: ReturnType<typeof once> = once(async (imports) => {
  // In these words, which bundlers look for.
  const response = await fetch(new URL("./guildhall.wasm", import.meta.url));
  if (!response.ok) {
    throw new Error(`${response.url} answered with ${response.status}`);
  }
  try {
    return (await WebAssembly.instantiateStreaming(response.clone(), imports)).instance;
  } catch {
    // An old browser, or a server that does not call the file `application/wasm`. What is wrong with the
    // file itself shows here again.
    return (await WebAssembly.instantiate(await response.arrayBuffer(), imports)).instance;
  }
});
