// The calendar: a month, what happens in it, and the one event that is open.

import type { Event } from "@guildhall/client";
import { useSignal } from "@preact/signals";

import { Calendar } from "../parts/calendar.tsx";
import { Problem } from "../parts/form.tsx";
import { PlusIcon } from "../parts/icons.tsx";
import { Empty, Heading, Waiting } from "../parts/page.tsx";
import { useReading } from "../parts/reading.ts";
import { path } from "../route.ts";
import { month, monthList, openEvent, readMonth } from "../state/events.ts";
import { clock, dayKey, dayOfMonth, longDay, monthAndYear, shortWeekday } from "../time.ts";
import { EventDialog } from "./event.tsx";
import { NewEventDialog } from "./new-event.tsx";

export function EventsPage() {
  const isMaking = useSignal(false);
  const first = month.value;
  const reading = useReading((signal) => readMonth(first, signal), [first.getTime()]);
  const events = monthList.value;
  const open = openEvent.value;

  return (
    <div class="page events">
      <Heading title="Events">
        <button type="button" class="button primary" onClick={() => (isMaking.value = true)}>
          <PlusIcon />
          New event
        </button>
      </Heading>
      <Calendar events={events} onDay={showDay} />
      <section class="agenda" aria-label={`Events in ${monthAndYear(first)}`}>
        {reading.error !== undefined && <Problem error={reading.error} />}
        {events.length > 0 ? (
          <Agenda events={events} />
        ) : reading.isDone ? (
          <Empty title={`Nothing in ${monthAndYear(first)} yet`}>Announce something, and everyone sees it at once.</Empty>
        ) : (
          <Waiting rows={3} />
        )}
      </section>
      {open !== undefined && <EventDialog key={open} id={open} />}
      {isMaking.value && <NewEventDialog onClose={() => (isMaking.value = false)} />}
    </div>
  );
}

function Agenda({ events }: { events: readonly Event[] }) {
  const days = new Map<string, Event[]>();
  for (const event of events) {
    const key = dayKey(event.date);
    days.set(key, [...(days.get(key) ?? []), event]);
  }
  return [...days].map(([key, events]) => <Day key={key} day={key} events={events} />);
}

function Day({ day, events }: { day: string; events: readonly Event[] }) {
  const date = `${day}T12:00:00`;
  return (
    <section class="day-of-events" data-past={day < dayKey(new Date())}>
      <h2 id={headingOf(day)} tabIndex={-1} aria-label={longDay(date)}>
        <span class="day-number">{dayOfMonth(date)}</span>
        <span>{shortWeekday(date)}</span>
      </h2>
      <ul class="rows">
        {events.map((event) => (
          <li key={event.id}>
            <a class="row" href={path("events", event.id)}>
              <span class="row-text">
                <bdi class="row-title">{event.title}</bdi>
                <span class="row-detail">
                  <time dateTime={event.date}>{clock(event.date)}</time>
                  {event.location && (
                    <>
                      {" · "}
                      <bdi>{event.location}</bdi>
                    </>
                  )}
                </span>
              </span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

const headingOf = (day: string) => `day-${day}`;

function showDay(day: string): void {
  const heading = document.getElementById(headingOf(day));
  heading?.scrollIntoView({ block: "start" });
  heading?.focus({ preventScroll: true });
}
