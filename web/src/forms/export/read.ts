/**
 * From a body of the API to the form. What the form has no field for is kept as it is written; what has the wrong
 * shape is refused with its place, since nothing in a body that somebody pastes may be dropped in silence.
 */
import { FORMATS, KINDS } from "../../api/exports";
import type { Definition } from "../../api/types";
import { newId } from "../../filters/model";
import type { Scalar } from "../../filters/model";
import { fromDefinition } from "../../filters/read";
import { ARRAYS, COMPRESSIONS, FORMULAS, MEASURES, newComputed, newDraft, newFile, newWindow, OPERATORS, QUOTES, TIMES } from "./draft";
import type { ComputedDraft, ExportDraft, FileDraft, WantedDraft, WindowDraft } from "./draft";

type Node = Record<string, unknown>;

/** The body cannot be a body of the API. */
class Unreadable extends Error {}

export type ReadBody = { draft: ExportDraft } | { fault: string };

/** The form of a body, or why it is none. */
export function read(body: unknown): ReadBody {
  try {
    return { draft: readBody(object(body, "the body")) };
  } catch (error) {
    if (error instanceof Unreadable) return { fault: error.message };
    throw error;
  }
}

/** The form of a text of JSON, or why it is none. */
export function readText(text: string): ReadBody {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return { fault: "This is not JSON yet." };
  }
  return read(body);
}

function readBody(body: Node): ExportDraft {
  const { kind, definition, attributes, events, journeys, computed, positions, email, hook, destinations, as_of, timezone, ...others } = body;
  const draft: ExportDraft = {
    ...newDraft(oneOf(KINDS, kind, "kind")),
    definition: given(definition, (value) => object(value, "definition") as Definition),
    attributes: given(attributes, (value) => texts(value, "attributes")) ?? [],
    computed: given(computed, (value) => list(value, "computed").map(readComputed)) ?? [],
    window: given(positions, readWindow) ?? newWindow(),
    email: given(email, (value) => text(value, "email")) ?? "",
    hook: given(hook, (value) => text(value, "hook")) ?? "",
    destinations: given(destinations, (value) => texts(value, "destinations")) ?? [],
    asOf: given(as_of, (value) => instant(value, "as_of")) ?? null,
    timezone: given(timezone, (value) => text(value, "timezone")),
  };
  const { file, rest } = readFile(others);
  const ranged = given(events, readEvents) ?? given(journeys, readJourneys);
  return { ...draft, ...ranged, file, rest };
}

function readEvents(value: unknown): Partial<ExportDraft> {
  const { wanted, ...range } = object(value, "events");
  return { ...readRange(range, "events"), wanted: list(wanted, "events.wanted").map(readWanted) };
}

function readJourneys(value: unknown): Partial<ExportDraft> {
  const { ids, ...range } = object(value, "journeys");
  const journeys = given(ids, (written) => list(written, "journeys.ids").map((id, index) => whole(id, `journeys.ids[${index}]`)));
  return { ...readRange(range, "journeys"), journeys: journeys ?? [] };
}

function readRange({ start_date, end_date, dry_runs, ...others }: Node, path: string): Partial<ExportDraft> {
  none(others, path);
  return {
    from: given(start_date, (value) => instant(value, `${path}.start_date`)) ?? null,
    to: given(end_date, (value) => instant(value, `${path}.end_date`)) ?? null,
    dryRuns: given(dry_runs, (value) => boolean(value, `${path}.dry_runs`)) ?? false,
  };
}

function readWanted(value: unknown, index: number): WantedDraft {
  const path = `events.wanted[${index}]`;
  const { event_name, params, filters, ...others } = object(value, path);
  none(others, path);
  return {
    id: newId(),
    event: text(event_name, `${path}.event_name`),
    params: given(params, (written) => texts(written, `${path}.params`)) ?? [],
    filters: (given(filters, (written) => list(written, `${path}.filters`)) ?? []).map((filter, at) => {
      const here = `${path}.filters[${at}]`;
      const { key, operator, values, ...more } = object(filter, here);
      none(more, here);
      return {
        id: newId(),
        key: text(key, `${here}.key`),
        operator: oneOf(OPERATORS, operator, `${here}.operator`),
        values: list(values, `${here}.values`).map((one, place) => scalar(one, `${here}.values[${place}]`)),
      };
    }),
  };
}

function readWindow(value: unknown): WindowDraft {
  const { from, after, to, ...others } = object(value, "positions");
  none(others, "positions");
  const begin = given(from, (written) => position(written, "positions.from")) ?? null;
  const window = { ...newWindow(), to: given(to, (written) => position(written, "positions.to")) ?? null };
  const earlier = given(after, (written) => text(written, "positions.after"));
  // A job tells its window with both: the export that it was asked to begin behind, and where that ends.
  return earlier === undefined ? { ...window, since: "position", from: begin } : { ...window, since: "export", after: earlier, end: begin };
}

function readComputed(value: unknown, index: number): ComputedDraft {
  const { name, ...source } = object(value, `computed[${index}]`);
  const column = { ...newComputed(), name: text(name, `computed[${index}].name`) };
  const members = Object.keys(source).sort().join();
  if (members === "segment" && typeof source.segment === "string") return { ...column, from: "segment", segment: source.segment };
  if (members === "definition") return { ...column, from: "definition", definition: object(source.definition, `computed[${index}].definition`) as Definition };
  const { measure, parameter, ...condition } = source;
  const known = MEASURES.find((one) => one === measure);
  const [event, another] = fromDefinition(condition).parts;
  const fits = event?.kind === "event" && !event.negated && !event.aggregate && !another && !("times" in condition);
  if (known && fits && (known === "sum" ? typeof parameter === "string" : parameter === undefined)) {
    return { ...column, measure: known, parameter: known === "sum" ? String(parameter) : null, event };
  }
  return { ...column, from: "json", text: JSON.stringify(value, null, 2) };
}

function readFile(body: Node): { file: FileDraft; rest: Node } {
  const { format, compression, formulas, delimiter, bom, crlf, null: nullText, quotes, times, time_zone, arrays, array_separator, max_rows, max_bytes, ...rest } =
    body;
  const plain = newFile();
  return {
    file: {
      format: oneOf(FORMATS, format, "format"),
      compression: given(compression, (value) => oneOf(COMPRESSIONS, value, "compression")) ?? null,
      // A body that says nothing keeps them as they are.
      formulas: given(formulas, (value) => oneOf(FORMULAS, value, "formulas")) ?? "raw",
      delimiter: given(delimiter, (value) => text(value, "delimiter")) ?? plain.delimiter,
      bom: given(bom, (value) => boolean(value, "bom")) ?? false,
      crlf: given(crlf, (value) => boolean(value, "crlf")) ?? false,
      nullText: given(nullText, (value) => text(value, "null")) ?? "",
      quotes: given(quotes, (value) => oneOf(QUOTES, value, "quotes")) ?? plain.quotes,
      times: given(times, (value) => oneOf(TIMES, value, "times")) ?? null,
      timeZone: given(time_zone, (value) => text(value, "time_zone")) ?? "",
      arrays: given(arrays, (value) => oneOf(ARRAYS, value, "arrays")) ?? null,
      arraySeparator: given(array_separator, (value) => text(value, "array_separator")) ?? "",
      maxRows: given(max_rows, (value) => whole(value, "max_rows")) ?? null,
      maxBytes: given(max_bytes, (value) => whole(value, "max_bytes")) ?? null,
    },
    rest,
  };
}

const wrong = (path: string, what: string): never => {
  throw new Unreadable(`${path === "the body" ? "The body" : `“${path}”`} has to be ${what}.`);
};

/** What `make` makes of a member that is there and not null. */
const given = <T>(value: unknown, make: (value: unknown) => T): T | undefined =>
  value === undefined || value === null ? undefined : make(value);

const object = (value: unknown, path: string): Node =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Node) : wrong(path, "a JSON object");

const list = (value: unknown, path: string): unknown[] => (Array.isArray(value) ? (value as unknown[]) : wrong(path, "a list"));

const text = (value: unknown, path: string): string => (typeof value === "string" ? value : wrong(path, "a text"));

const texts = (value: unknown, path: string): string[] => list(value, path).map((one, index) => text(one, `${path}[${index}]`));

const boolean = (value: unknown, path: string): boolean => (typeof value === "boolean" ? value : wrong(path, "true or false"));

const whole = (value: unknown, path: string): number => (Number.isSafeInteger(value) ? (value as number) : wrong(path, "a whole number"));

const position = (value: unknown, path: string): number => {
  const number = whole(value, path);
  return number >= 0 ? number : wrong(path, "0 or more");
};

const scalar = (value: unknown, path: string): Scalar =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : wrong(path, "a text, a number, true or false");

/** RFC 3339, or seconds since 1970 as the public raw form has them. */
function instant(value: unknown, path: string): string {
  const date = typeof value === "number" ? new Date(value * 1000) : new Date(typeof value === "string" ? value : NaN);
  if (Number.isNaN(date.getTime())) return wrong(path, "a time such as 2026-09-01T00:00:00Z");
  return typeof value === "string" ? value : date.toISOString().replace(".000Z", "Z");
}

const oneOf = <T extends string>(known: readonly T[], value: unknown, path: string): T =>
  known.find((one) => one === value) ?? wrong(path, `one of ${known.join(", ")}`);

function none(others: Node, path: string): void {
  const [first] = Object.keys(others);
  if (first !== undefined) throw new Unreadable(`“${path}” has no member “${first}”.`);
}
