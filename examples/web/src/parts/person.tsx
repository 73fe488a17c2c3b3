// How people are shown.

import { nameOf, type Person } from "../state/people.ts";

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
