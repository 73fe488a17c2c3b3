// Where the page is: `#/messages/42` is the page "messages" at number 42. Hashes need nothing of the
// server that serves the files.

import { signal } from "@preact/signals";

/** The pages, by their names in the address; with what they are called, in the order in which they are shown. */
export const TITLES = { people: "People", messages: "Messages", events: "Events", sessions: "Sessions" };
export type PageName = keyof typeof TITLES;
export const PAGES = Object.keys(TITLES) as PageName[];

export interface Route {
  page: PageName;
  id: number | undefined;
}

function read(): Route {
  const [, name, id] = location.hash.split("/");
  const page = PAGES.find((page) => page === name) ?? "messages";
  return { page, id: /^[1-9]\d*$/.test(id ?? "") ? Number(id) : undefined };
}

export const route = signal(read());

addEventListener("hashchange", () => {
  route.value = read();
});

export function go(page: PageName, id?: number): void {
  location.hash = path(page, id);
}

export function path(page: PageName, id?: number): string {
  return id === undefined ? `#/${page}` : `#/${page}/${id}`;
}
