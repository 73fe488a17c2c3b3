// Who is here, and the way to write to them.

import type { UserView } from "@guildhall/client";
import { useSignal } from "@preact/signals";

import { gh } from "../api.ts";
import { useAction } from "../parts/action.ts";
import { Problem } from "../parts/form.tsx";
import { SearchIcon } from "../parts/icons.tsx";
import { Empty, Heading, Waiting } from "../parts/page.tsx";
import { Avatar } from "../parts/person.tsx";
import { useReading } from "../parts/reading.ts";
import { path } from "../route.ts";
import { myId } from "../state/me.ts";
import { meet } from "../state/people.ts";
import { whileSignedIn } from "../state/personal.ts";

const AT_ONCE = 50;

export function PeoplePage() {
  const search = useSignal("");
  const people = useSignal<readonly UserView[]>([]);
  const hasMore = useSignal(false);

  async function read(after: readonly UserView[], signal: AbortSignal): Promise<void> {
    const last = after.at(-1);
    const query = { q: search.value.trim(), limit: AT_ONCE, ...(last && { after: last.id }) };
    const rows = await gh.accounts.list(query, { signal });
    meet(rows);
    // What is shown may be the answer to another search by now.
    if (last && people.value !== after) return;
    people.value = [...after, ...rows];
    hasMore.value = rows.hasMore;
  }

  const reading = useReading(
    async (signal) => {
      // While someone types, only what they have typed in the end.
      await pause(search.value ? 150 : 0, signal);
      if (!signal.aborted) await read([], signal);
    },
    [search.value],
  );
  const more = useAction(() => read(people.value, whileSignedIn()));
  const others = people.value.filter(({ id }) => id !== myId.value);

  return (
    <div class="page">
      <Heading title="People" />
      <label class="search">
        <SearchIcon />
        <span class="visually-hidden">Search people</span>
        <input
          type="search"
          placeholder="Search by name"
          value={search.value}
          onInput={({ currentTarget }) => (search.value = currentTarget.value)}
        />
      </label>
      {reading.error !== undefined && <Problem error={reading.error} />}
      {!reading.isDone && people.value.length === 0 && <Waiting />}
      {others.length > 0 && (
        <ul class="rows" aria-label="People">
          {others.map((person) => (
            <li key={person.id}>
              <a class="row" href={path("messages", person.id)}>
                <Avatar person={person} />
                <span class="row-text">
                  <bdi class="row-title">{person.username}</bdi>
                  {person.full_name && <bdi class="row-detail">{person.full_name}</bdi>}
                </span>
              </a>
            </li>
          ))}
        </ul>
      )}
      {hasMore.value && (
        <button type="button" class="button" onClick={() => void more.run()}>
          Show more people
        </button>
      )}
      {reading.isDone && others.length === 0 && <Nobody search={search.value.trim()} />}
    </div>
  );
}

function Nobody({ search }: { search: string }) {
  if (search) return <Empty title="Nobody by that name">A part of a username or of a full name is enough.</Empty>;
  return <Empty title="You are the first one here">When others sign up, you will find them on this page.</Empty>;
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => resolve());
  });
}
