// What people start: it is under way, and then it is done or has a problem.

import { isGuildhallError } from "@guildhall/client";
import { useSignal } from "@preact/signals";

export interface Action<Args extends unknown[]> {
  run: (...args: Args) => Promise<void>;
  isPending: boolean;
  /** Why it failed the last time. */
  error: unknown;
}

/** `act`, once at a time. */
export function useAction<Args extends unknown[]>(act: (...args: Args) => Promise<void>): Action<Args> {
  const isPending = useSignal(false);
  const error = useSignal<unknown>(undefined);
  async function run(...args: Args): Promise<void> {
    if (isPending.value) return;
    isPending.value = true;
    try {
      await act(...args);
      error.value = undefined;
    } catch (caught) {
      if (!isGuildhallError(caught)) throw caught;
      if (caught.code !== "aborted") error.value = caught;
    } finally {
      isPending.value = false;
    }
  }
  return { run, isPending: isPending.value, error: error.value };
}
