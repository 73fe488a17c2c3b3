// Who is behind an id, asked once.

import { isGuildhallError, type UserId } from "@guildhall/client";
import { useEffect } from "preact/hooks";

import { gh } from "../api.ts";
import { withRow } from "./merge.ts";
import { personal, whileSignedIn } from "./personal.ts";

/** What is shown of a person. */
export interface Person {
  id: UserId;
  username: string | null;
  full_name?: string | null;
}

const people = personal<ReadonlyMap<UserId, Person>>(new Map());

/** Notes people who came in other answers, so that nobody asks for them. */
export function meet(met: Iterable<Person>): void {
  people.value = new Map([...people.value, ...[...met].map((person) => [person.id, person] as const)]);
}

/** The person with this id; without a name until it is known, or where it is not to be. */
export function usePerson(id: UserId): Person {
  const known = people.value.get(id);
  useEffect(() => {
    if (!known) void ask(id);
  }, [id]);
  return known ?? { id, username: null };
}

export const nameOf = ({ full_name, username }: Person) => full_name || username || "Someone";

async function ask(id: UserId): Promise<void> {
  try {
    const person = await gh.accounts.get(id, { signal: whileSignedIn() });
    people.value = withRow(people.value, id, person);
  } catch (error) {
    // Deleted, or in a private directory: they stay without a name.
    if (!isGuildhallError(error)) throw error;
  }
}
