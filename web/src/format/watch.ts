/** Watches of segments in words. */
import { count, plural } from "./number";

/** What a watch looks for, and what it saw, as the service tells it. */
export interface ToldWatch {
  above?: number | null;
  below?: number | null;
  last_count?: number | null;
}

/** What a watch tells of: `more than 10,000 people`. */
export const thresholdWords = ({ above, below }: ToldWatch): string =>
  typeof above === "number" ? `more than ${plural(above, "person", "people")}` : `fewer than ${plural(below ?? 0, "person", "people")}`;

/** Whether the newest count is on the side that is news; nothing before the first look. */
export function isAcross({ above, below, last_count: seen }: ToldWatch): boolean | undefined {
  if (typeof seen !== "number") return undefined;
  return typeof above === "number" ? seen > above : seen < (below ?? 0);
}

/** On which side of the threshold the newest count is: `above 10,000`. */
export function sideWords(watch: ToldWatch): string | undefined {
  const across = isAcross(watch);
  const side = typeof watch.above === "number" ? `above ${count(watch.above)}` : `below ${count(watch.below ?? 0)}`;
  return across === undefined ? undefined : across ? side : `not ${side}`;
}

const UNITS = [
  { minutes: 10_080, name: "week" },
  { minutes: 1440, name: "day" },
  { minutes: 60, name: "hour" },
  { minutes: 1, name: "minute" },
];

/** How often is looked: `every hour`, `every 90 minutes`. */
export function everyWords(minutes: number): string {
  const unit = UNITS.find((known) => minutes % known.minutes === 0);
  const many = minutes / (unit?.minutes ?? 1);
  const name = unit?.name ?? "minute";
  return many === 1 ? `every ${name}` : `every ${count(many)} ${name}s`;
}
