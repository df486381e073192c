/** Rules of schedules, and what clocks that are set do to them, in words. */

/** A rule as the service tells it. */
export interface RuleWords {
  every: string;
  minutes?: number | null;
  minute?: number | null;
  at?: string | null;
  weekdays?: string[] | null;
  day?: number | string | null;
}

export const WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;

/** `Monday` */
export const weekdayName = (day: string): string => day.charAt(0).toUpperCase() + day.slice(1);

/** When a schedule is due: `Every day at 06:00`. */
export function ruleWords({ every, minutes, minute, at, weekdays, day }: RuleWords): string {
  switch (every) {
    case "minutes":
      return `Every ${minutes ?? 0} minutes`;
    case "hour":
      return minute ? `Every hour, at minute ${minute}` : "Every hour, on the hour";
    case "week":
      return `${list((weekdays ?? []).map(weekdayName))} at ${at ?? ""}`;
    case "month":
      return day === "last" ? `The last day of the month at ${at ?? ""}` : `Day ${day ?? ""} of the month at ${at ?? ""}`;
    default:
      return `Every day at ${at ?? ""}`;
  }
}

/** What the clock of the zone shows: `Sun 2026-03-08 03:00 -04:00`. */
export function localClock(text: string): string {
  const [, date = "", time = "", offset = ""] = /^(\S+)T(\d\d:\d\d):\d\d(\S+)$/.exec(text) ?? [];
  const weekday = new Intl.DateTimeFormat("en-GB", { weekday: "short", timeZone: "UTC" });
  return date === "" ? text : `${weekday.format(new Date(`${date}T00:00:00Z`))} ${date} ${time} ${offset}`;
}

/** Whether the reader's own clock shows the same at that time. */
export function isOwnClock(text: string): boolean {
  const [, sign = "+", hours, minutes] = /([+-])(\d\d):(\d\d)$/.exec(text) ?? [];
  const offset = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * (sign === "-" ? -1 : 1);
  return -new Date(text).getTimezoneOffset() === offset;
}

/** Why a due time is not at the time that the rule says. */
export function changeWords(change: string | undefined): string | undefined {
  switch (change) {
    case "skipped":
      return "The clock skips the time on this day: it runs when the gap is over.";
    case "doubled":
      return "The clock shows the time twice on this day: it runs once, the first time.";
    default:
      return undefined;
  }
}

function list(words: string[]): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} and ${last}`;
}
