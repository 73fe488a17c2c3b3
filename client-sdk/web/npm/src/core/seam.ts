// Where the facade meets the Rust core. The facade imports `loadCore` from "#core", and build.mjs puts
// in that place what the entry is to run on, so that one facade serves them all:
//
// - js.ts in the entry `.`: the core as JavaScript, there at once.
// - fetched.ts in `./wasm`, read.ts there in Node.js: the core as WebAssembly, there after a while.
//
// Only this module and its siblings know the files that wasm-bindgen generates. What the package
// exports must not mention their types: build.mjs refuses declarations that do.

import type { Core, Host } from "../../generated/core.js";

export type { Core, Host };

/** The class, to be constructed with a host. */
export type CoreClass = typeof Core;

/**
 * Gives the core's class, loading it at the first call.
 *
 * In the entry `.` it is the class itself, so that what has to be synchronous can be; in `./wasm` it is
 * a promise. `await` reads both. To be called as often as one likes: all callers get the same class, and
 * after a failure, say of the network, the next call tries again. Nothing happens before the first call.
 *
 * A panic in the core, and any trap, throws out of the method that met it, or rejects nothing at all where
 * it met it in a callback: `WebAssembly.RuntimeError` in `./wasm`, an `Error` with the message "abort" in
 * `.`. After that no instance of the class is to be trusted: they share one memory.
 */
export declare const loadCore: () => CoreClass | Promise<CoreClass>;
