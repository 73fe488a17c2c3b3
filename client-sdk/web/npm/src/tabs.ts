/**
 * Hears when another tab, or another client of this page, has changed the login that all share.
 *
 * @param key the login's key in `localStorage`
 * @param changed is called when it may have changed
 * @returns what tells the others
 */
export function watchTabs(key: string, changed: () => void): () => void {
  // Two ways, as neither is enough: the event comes when the change has reached this tab's storage,
  // but not to the page that made it; the channel reaches that too, but may be ahead of the storage.
  globalThis.addEventListener?.("storage", (event) => {
    // Without a key: all was cleared.
    if ([key, null].includes((event as StorageEvent).key)) changed();
  });
  // A page that was frozen has heard nothing.
  globalThis.document?.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") changed();
  });
  if (typeof BroadcastChannel === "undefined") return () => {};
  const channel = new BroadcastChannel(key);
  channel.onmessage = changed;
  // In Node.js, where tests have a `localStorage`, it would keep the process alive.
  (channel as { unref?(): void }).unref?.();
  return () => channel.postMessage(null);
}
