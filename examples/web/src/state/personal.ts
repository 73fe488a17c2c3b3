// What belongs to whoever is signed in, and is forgotten when they are not any more.

import { batch, signal, type Signal } from "@preact/signals";

const resets: (() => void)[] = [];
let end = new AbortController();

/** A signal that is back at `initial` for whoever signs in next. */
export function personal<Value>(initial: Value): Signal<Value> {
  const state = signal(initial);
  resets.push(() => {
    state.value = initial;
  });
  return state;
}

/** What ends the calls of whoever is signed in: no answer of theirs comes into the next one's state. */
export function whileSignedIn(): AbortSignal {
  return end.signal;
}

export function forget(): void {
  end.abort();
  end = new AbortController();
  batch(() => {
    for (const reset of resets) reset();
  });
}
