import type { TokenStorage } from "./options.js";

/** A login as it is kept; the typed Rust client has the same form. Times are in milliseconds. */
export interface SavedLogin {
  access_token: string;
  refresh_token: string;
  signed_in_at: number;
  obtained_at: number;
  lifetime: number;
}

/** Where a client's login is. It never throws. */
export interface LoginStore {
  /** Whether other tabs have it too. */
  readonly isShared: boolean;
  load(): SavedLogin | undefined;
  save(login: SavedLogin | undefined): void;
}

/** Opens what was asked for, or what there is. */
export function openStore(storage: TokenStorage | "local" | "memory", key: string): LoginStore {
  const local = storage === "local" ? localStorageAt(key) : undefined;
  const chosen = typeof storage === "object" ? storage : local;
  // What holds where the storage does not work, or where there is none.
  let inMemory: SavedLogin | undefined;
  let isDetached = !chosen;
  return {
    isShared: local !== undefined,
    load() {
      if (!isDetached) {
        try {
          inMemory = read(chosen!.load());
        } catch {
          // It cannot be told; what was known last goes on.
        }
      }
      return inMemory;
    },
    save(login) {
      inMemory = login;
      if (!chosen) return;
      try {
        chosen.save(login ? JSON.stringify(login) : null);
        isDetached = false;
      } catch {
        isDetached = true;
        try {
          // What is still there is spent by now: who presented it would be taken for a thief.
          chosen.save(null);
        } catch {
          // It does not work at all.
        }
      }
    },
  };
}

/** Of pages only: elsewhere it is a file, which nobody has asked for. */
function localStorageAt(key: string): TokenStorage | undefined {
  try {
    const local = globalThis.window?.localStorage;
    return (
      local && {
        load: () => local.getItem(key),
        save: (text) => (text === null ? local.removeItem(key) : local.setItem(key, text)),
      }
    );
  } catch {
    // Pages may be forbidden to use it.
    return undefined;
  }
}

/** Anything else than a login counts as none: nobody could repair it but by signing in. */
function read(text: string | null): SavedLogin | undefined {
  try {
    const login = JSON.parse(text ?? "null") as SavedLogin | null;
    const tokens = [login?.access_token, login?.refresh_token];
    const times = [login?.signed_in_at, login?.obtained_at, login?.lifetime];
    const fits =
      tokens.every((token) => typeof token === "string") &&
      times.every((time) => typeof time === "number");
    return fits ? login! : undefined;
  } catch {
    return undefined;
  }
}
