/** Instants for people: in their own time zone, with UTC at hand. */

const LOCAL = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });

/** `1 Sept 2026, 02:00`. */
export const local = (instant: string): string => LOCAL.format(new Date(instant));

/** `2026-09-01 00:00:00 UTC`. */
export const utc = (instant: string): string =>
  `${new Date(instant).toISOString().replace("T", " ").replace(/(\.000)?Z$/, "")} UTC`;

/** What `<input type="datetime-local">` shows for an instant; empty for none. */
export function toLocalInput(instant: string | null): string {
  if (!instant) return "";
  const date = new Date(instant);
  if (Number.isNaN(date.getTime())) return "";
  const two = (part: number) => String(part).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const seconds = date.getSeconds() === 0 ? "" : `:${two(date.getSeconds())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}${seconds}`;
}

/** The instant, RFC 3339 with `Z`, that a person entered in `<input type="datetime-local">`. */
export function fromLocalInput(text: string): string | null {
  const date = new Date(text);
  return text === "" || Number.isNaN(date.getTime()) ? null : date.toISOString().replace(".000Z", "Z");
}

/** `8 s`, `3 min`, `2 h 5 min`: a time that something takes. */
export function duration(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
