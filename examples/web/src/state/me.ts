// Whose page this is.

import type { User } from "@guildhall/client";
import { computed } from "@preact/signals";

import { personal } from "./personal.ts";

/** Nobody until the account is read. */
export const me = personal<User | undefined>(undefined);

export const myId = computed(() => me.value?.id);
