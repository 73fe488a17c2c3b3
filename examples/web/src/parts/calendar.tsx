// A month as a table. Days on which something happens are buttons.

import type { Event } from "@guildhall/client";

import { month, showMonthOf, turnMonth } from "../state/events.ts";
import { dayKey, dayOfMonth, firstWeekday, longDay, monthAndYear, shortWeekday } from "../time.ts";
import { BackIcon, ForwardIcon } from "./icons.tsx";

interface CalendarProps {
  /** Those of the month. */
  events: readonly Event[];
  /** Called with a day on which something happens. */
  onDay: (day: string) => void;
}

export function Calendar({ events, onDay }: CalendarProps) {
  const weeks = weeksOf(month.value);
  const name = monthAndYear(month.value);
  const counts = new Map<string, number>();
  for (const { date } of events) counts.set(dayKey(date), (counts.get(dayKey(date)) ?? 0) + 1);

  return (
    <section class="calendar" aria-label="Calendar">
      <header>
        <h2 aria-live="polite">{name}</h2>
        <button type="button" class="button" onClick={() => showMonthOf(new Date())}>
          Today
        </button>
        <button type="button" class="icon-button" aria-label="Previous month" onClick={() => turnMonth(-1)}>
          <BackIcon />
        </button>
        <button type="button" class="icon-button" aria-label="Next month" onClick={() => turnMonth(1)}>
          <ForwardIcon />
        </button>
      </header>
      <table>
        <caption class="visually-hidden">{name}</caption>
        <thead>
          <tr>
            {weeks[0]?.map((day) => (
              <th key={day.getTime()} scope="col">
                {shortWeekday(day)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeks.map((week) => (
            <tr key={dayKey(week[0] ?? "")}>
              {week.map((day) => (
                <DayCell key={dayKey(day)} day={day} count={counts.get(dayKey(day)) ?? 0} onDay={onDay} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function DayCell({ day, count, onDay }: { day: Date; count: number; onDay: CalendarProps["onDay"] }) {
  const key = dayKey(day);
  const isToday = key === dayKey(new Date());
  const isOther = day.getMonth() !== month.value.getMonth();
  return (
    <td data-today={isToday} data-other={isOther} aria-current={isToday ? "date" : undefined}>
      {count > 0 && !isOther ? (
        <button
          type="button"
          aria-label={`${longDay(day)}, ${count === 1 ? "1 event" : `${count} events`}`}
          onClick={() => onDay(key)}
        >
          {dayOfMonth(day)}
        </button>
      ) : (
        <span>{dayOfMonth(day)}</span>
      )}
    </td>
  );
}

/** Always six weeks, so that nothing below moves from month to month. */
function weeksOf(first: Date): Date[][] {
  const before = (first.getDay() - firstWeekday + 7) % 7;
  return Array.from({ length: 6 }, (_, week) =>
    Array.from({ length: 7 }, (_, day) => {
      return new Date(first.getFullYear(), first.getMonth(), 1 - before + week * 7 + day);
    }),
  );
}
