/**
 * Calls something of the user's, after what is under way now. What it throws, at once or later, is
 * shown and breaks nothing.
 */
export function soon(call: () => unknown): void {
  Promise.resolve().then(call).catch(report);
}

export function report(error: unknown): void {
  if (typeof reportError === "function") reportError(error);
  else console.error(error);
}
