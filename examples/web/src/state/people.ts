// Who is behind an id, asked once.

import type { UserId } from "@guildhall/client";

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

/** The person with this id; without a name until it is known. */
export const personOf = (id: UserId): Person => people.value.get(id) ?? { id, username: null };

export const nameOf = ({ full_name, username }: Person) => full_name || username || "Someone";

const beingRead = new Set<UserId>();

/** Reads who that is, unless it is known or under way. */
export async function readPerson(id: UserId): Promise<void> {
  if (people.value.has(id) || beingRead.has(id)) return;
  beingRead.add(id);
  try {
    const person = await gh.accounts.get(id, { signal: whileSignedIn() });
    people.value = withRow(people.value, id, person);
  } finally {
    beingRead.delete(id);
  }
}
