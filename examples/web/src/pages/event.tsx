// One event: when, where, what, and who attends.

import type { EventId } from "@guildhall/client";

import { useAction } from "../parts/action.ts";
import { Dialog } from "../parts/dialog.tsx";
import { Problem } from "../parts/form.tsx";
import { CheckIcon, PlaceIcon, TimeIcon } from "../parts/icons.tsx";
import { Waiting } from "../parts/page.tsx";
import { Faces, usePerson } from "../parts/person.tsx";
import { useReading } from "../parts/reading.ts";
import { go } from "../route.ts";
import { attend, attendeesOf, eventOf, readEvent } from "../state/events.ts";
import { myId } from "../state/me.ts";
import { nameOf } from "../state/people.ts";
import { clock, longDayAndYear } from "../time.ts";

/** The stream tells of events, but not of who attends them. */
const READ_EVERY = 5_000;

export function EventDialog({ id }: { id: EventId }) {
  const event = eventOf(id);
  const reading = useReading((signal) => readEvent(id, signal), [id], READ_EVERY);
  return (
    <Dialog title={event?.title ?? "Event"} onClose={() => go("events")}>
      {reading.error !== undefined && <Problem error={reading.error} />}
      {event && (
        <>
          <ul class="facts">
            <li>
              <TimeIcon />
              <time dateTime={event.date}>
                {longDayAndYear(event.date)}, {clock(event.date)}
              </time>
            </li>
            {event.location && (
              <li>
                <PlaceIcon />
                <bdi>{event.location}</bdi>
              </li>
            )}
          </ul>
          {event.description && (
            <p class="description" dir="auto">
              {event.description}
            </p>
          )}
          <Organizer id={event.organizer_id} />
          <Attendance id={id} />
        </>
      )}
    </Dialog>
  );
}

function Organizer({ id }: { id: number }) {
  const organizer = usePerson(id);
  return (
    <p class="quiet">
      Announced by {id === myId.value ? "you" : <bdi>{nameOf(organizer)}</bdi>}
    </p>
  );
}

function Attendance({ id }: { id: EventId }) {
  const people = attendeesOf(id);
  const isComing = !!people?.some((person) => person.id === myId.value);
  const change = useAction(() => attend(id, !isComing));
  return (
    <section class="attendance" aria-labelledby="attendance">
      <div class="attendance-head">
        <h3 id="attendance">{people ? countOf(people.length) : "Who attends"}</h3>
        <button
          type="button"
          class={isComing ? "button" : "button primary"}
          aria-pressed={isComing}
          aria-disabled={change.isPending || !people}
          onClick={() => void change.run()}
        >
          {isComing && <CheckIcon />}
          I’m going
        </button>
      </div>
      {change.error !== undefined && <Problem error={change.error} />}
      {people ? <Faces people={people} label="Attendees" /> : <Waiting rows={1} />}
    </section>
  );
}

function countOf(people: number): string {
  if (people === 0) return "Nobody attends yet";
  return people === 1 ? "1 person attends" : `${people} people attend`;
}
