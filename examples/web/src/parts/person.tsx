// How people are shown.

import type { UserId } from "@guildhall/client";

import { nameOf, personOf, readPerson, type Person } from "../state/people.ts";
import { useReading } from "./reading.ts";

/** Who is behind an id: without a name until they are read, and where they cannot be. */
export function usePerson(id: UserId): Person {
  useReading(() => readPerson(id), [id]);
  return personOf(id);
}

/** Initials on one of six colours, which stays the same. */
export function Avatar({ person }: { person: Person }) {
  const words = nameOf(person).split(/[\s._-]+/).filter(Boolean);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => [...(word ?? "")][0]);
  return (
    <span class="avatar" data-colour={person.id % 6} aria-hidden="true">
      {letters.join("").toLocaleUpperCase()}
    </span>
  );
}

/** A row of people, by name to those who hear it. */
export function Faces({ people, label }: { people: readonly Person[]; label: string }) {
  return (
    <ul class="faces" aria-label={label}>
      {people.map((person) => (
        <li key={person.id}>
          <Avatar person={person} />
          <bdi>{nameOf(person)}</bdi>
        </li>
      ))}
    </ul>
  );
}
