/** Dates as ISO 8601 writes them: `2026-11-23`, `20261123`, `2026-W48-1`. */

const DAY_MS = 86_400_000;
const CALENDAR = /^([0-9]{4})(-?)([0-9]{2})\2([0-9]{2})$/;
const WEEK = /^([0-9]{4})(-?)W([0-9]{2})(?:\2([1-7]))?$/;

/** `YYYY-MM-DD`; `null` for what is no date. */
export function isoDate(text: string): string | null {
  const [, year, , month, day] = CALENDAR.exec(text) ?? [];
  if (year !== undefined) {
    const found = midnight(Number(year), Number(month) - 1, Number(day));
    const written = shown(found);
    return Number(year) > 0 && written === `${year}-${month}-${day}` ? written : null;
  }
  const [, weekYear, , week, weekday] = WEEK.exec(text) ?? [];
  return weekYear === undefined ? null : dateOfWeek(Number(weekYear), Number(week), Number(weekday ?? "1"));
}

function dateOfWeek(year: number, week: number, weekday: number): string | null {
  const monday = firstMonday(year);
  const weeks = Math.round((firstMonday(year + 1) - monday) / DAY_MS / 7);
  const written = shown(monday + ((week - 1) * 7 + weekday - 1) * DAY_MS);
  return year > 0 && week >= 1 && week <= weeks && /^[0-9]{4}-/.test(written) ? written : null;
}

/** Of the week that holds 4 January. */
function firstMonday(year: number): number {
  const fourth = midnight(year, 0, 4);
  return fourth - ((new Date(fourth).getUTCDay() + 6) % 7) * DAY_MS;
}

function midnight(year: number, month: number, day: number): number {
  // `Date.UTC` takes years below 100 for those of the last century.
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  return date.getTime();
}

function shown(moment: number): string {
  return new Date(moment).toISOString().slice(0, 10);
}
