// What pages read of the server while they are looked at.

import { isGuildhallError } from "@guildhall/client";
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { online, visible } from "../browser.ts";
import { generation } from "../state/live.ts";

export interface Reading {
  /** Whether it was read at least once. */
  isDone: boolean;
  /** Why it could not be read the last time. */
  error: unknown;
}

/**
 * Calls `read` now and whenever `inputs` change, the page is looked at again, the network is back or
 * the stream says that something may have been missed.
 *
 * @param every for what the stream does not tell: after how many milliseconds to read again
 */
export function useReading(
  read: (signal: AbortSignal) => Promise<void>,
  inputs: readonly unknown[] = [],
  every?: number,
): Reading {
  const isDone = useSignal(false);
  const error = useSignal<unknown>(undefined);
  useEffect(() => {
    isDone.value = false;
    error.value = undefined;
  }, inputs);
  useEffect(() => {
    if (!visible.value || !online.value) return undefined;
    const end = new AbortController();
    let timer: number | undefined;
    async function again(): Promise<void> {
      try {
        await read(end.signal);
        if (end.signal.aborted) return;
        isDone.value = true;
        error.value = undefined;
      } catch (caught) {
        if (!isGuildhallError(caught)) throw caught;
        if (end.signal.aborted) return;
        error.value = caught;
      }
      if (every) timer = setTimeout(again, every);
    }
    void again();
    return () => {
      end.abort();
      clearTimeout(timer);
    };
  }, [...inputs, generation.value, visible.value, online.value]);
  return { isDone: isDone.value, error: error.value };
}
