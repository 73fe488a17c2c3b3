// Who is signed in, here or by another tab, and what follows from it.

import { signal } from "@preact/signals";

import { gh } from "../api.ts";
import { follow } from "./live.ts";
import { forget, whileSignedIn } from "./personal.ts";

export const signedIn = signal(gh.auth.state === "signedIn");

/** Whether the server ended the login. */
export const expired = signal(false);

/** Listens for sign-ins and sign-outs, for as long as the page is there. */
export function watchLogin(): void {
  gh.auth.onChange(
    (state, change) => {
      if (change === "renewed") return;
      forget();
      signedIn.value = state === "signedIn";
      expired.value = change === "expired";
      if (signedIn.value) void follow(whileSignedIn());
    },
    { immediate: true },
  );
}
