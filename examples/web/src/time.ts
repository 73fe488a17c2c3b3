// Times and dates as the reader's locale writes them.

const make = (options: Intl.DateTimeFormatOptions) => {
  const format = new Intl.DateTimeFormat(undefined, options);
  return (date: Date | string) => format.format(new Date(date));
};

export const clock = make({ hour: "numeric", minute: "2-digit" });
export const shortDay = make({ day: "numeric", month: "short" });
export const shortWeekday = make({ weekday: "short" });
export const dayOfMonth = make({ day: "numeric" });
export const longDay = make({ weekday: "long", day: "numeric", month: "long" });
export const longDayAndYear = make({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
export const monthAndYear = make({ month: "long", year: "numeric" });

/** A day in the reader's time zone, as a key: `2027-06-21`. */
export function dayKey(date: Date | string): string {
  const local = new Date(date);
  const two = (number: number) => String(number).padStart(2, "0");
  return `${local.getFullYear()}-${two(local.getMonth() + 1)}-${two(local.getDate())}`;
}

/** The time for today's, the day for older ones: what fits into a corner of a list. */
export function short(date: string): string {
  return dayKey(date) === dayKey(new Date()) ? clock(date) : shortDay(date);
}

/** `today`, `yesterday`, or the day, in the reader's language. */
export function dayInWords(date: string): string {
  const ago = Math.round((startOfDay(date) - startOfDay(new Date())) / 86_400_000);
  if (ago === 0 || ago === -1) return capitalized(relative.format(ago, "day"));
  return new Date(date).getFullYear() === new Date().getFullYear() ? longDay(date) : longDayAndYear(date);
}

const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
const startOfDay = (date: Date | string) => new Date(date).setHours(0, 0, 0, 0);
const capitalized = (text: string) => text.charAt(0).toLocaleUpperCase() + text.slice(1);

/** The day with which weeks begin where the reader is: 1 is Monday, 7 Sunday. */
export const firstWeekday = ((): number => {
  const locale = new Intl.Locale(navigator.language) as Intl.Locale & {
    getWeekInfo?(): { firstDay: number };
    weekInfo?: { firstDay: number };
  };
  return (locale.getWeekInfo?.() ?? locale.weekInfo)?.firstDay ?? 1;
})();
