// The calendar: the events of the month that is shown, and of all that was told.

import type { Event, EventId, NewEvent, UserView } from "@guildhall/client";
import { computed } from "@preact/signals";

import { gh } from "../api.ts";
import { route } from "../route.ts";
import { merge, withRow, withoutRow } from "./merge.ts";
import { meet } from "./people.ts";
import { personal, whileSignedIn } from "./personal.ts";

const events = personal<ReadonlyMap<EventId, Event>>(new Map());
const attendees = personal<ReadonlyMap<EventId, readonly UserView[]>>(new Map());

/** The first day of the month that is shown, in the reader's time zone. */
export const month = personal(startOfMonth(new Date()));

export const monthList = computed(() =>
  [...events.value.values()].filter(inMonth(month.value)).sort((a, b) => a.date.localeCompare(b.date)),
);

export const eventOf = (id: EventId) => events.value.get(id);
export const attendeesOf = (id: EventId) => attendees.value.get(id);

/** The id of the event that is open. */
export const openEvent = computed(() => (route.value.page === "events" ? route.value.id : undefined));

export function turnMonth(by: number): void {
  month.value = new Date(month.value.getFullYear(), month.value.getMonth() + by);
}

export function showMonthOf(date: string | Date): void {
  month.value = startOfMonth(new Date(date));
}

export async function readMonth(first: Date, signal: AbortSignal): Promise<void> {
  const before = events.value;
  const to = new Date(first.getFullYear(), first.getMonth() + 1).toISOString();
  const rows: Event[] = [];
  const list = gh.events.list({ from: first.toISOString(), to, limit: 1000 }, { signal });
  for await (const event of list) rows.push(event);
  events.value = merge(before, events.value, rows, ({ id }) => id, inMonth(first));
}

export async function readEvent(id: EventId, signal: AbortSignal): Promise<void> {
  if (!eventOf(id)) {
    const event = await gh.events.get(id, { signal });
    if (!eventOf(id)) addEvent(event);
    showMonthOf(event.date);
  }
  const people: UserView[] = [];
  for await (const person of gh.events.attendees(id, { limit: 1000 }, { signal })) people.push(person);
  meet(people);
  attendees.value = withRow(attendees.value, id, people);
}

export async function announce(event: NewEvent): Promise<void> {
  const made = await gh.events.create(event, { signal: whileSignedIn() });
  addEvent(made);
  showMonthOf(made.date);
}

export async function attend(id: EventId, isComing: boolean): Promise<void> {
  const signal = whileSignedIn();
  await (isComing ? gh.events.attend(id, { signal }) : gh.events.leave(id, { signal }));
  await readEvent(id, signal);
}

export function addEvent(event: Event): void {
  events.value = withRow(events.value, event.id, event);
}

export function dropEvent(id: EventId): void {
  events.value = withoutRow(events.value, id);
}

function startOfMonth(date: Date): Date {
  return new Date(date.getFullYear(), date.getMonth());
}

const inMonth = (first: Date) => (event: Event) => startOfMonth(new Date(event.date)).getTime() === first.getTime();
