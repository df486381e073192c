/** From the filled in form to the body of the API, and from a path in that body back to its field. */
import type { ComputedColumn, ExportRequest } from "../../api/types";
import { jsonValue } from "../../filters/complete";
import type { Missing } from "../../filters/complete";
import { newGroup } from "../../filters/model";
import { write as writeFilter } from "../../filters/write";
import { compressionsOf, newFile, ofJourneys, takesComputed, takesZone, timesOf } from "./draft";
import type { ComputedDraft, ExportDraft, FileDraft, WantedDraft, WindowDraft } from "./draft";
import { missingInComputed, missingInFilter } from "./missing";

/** The id under which what belongs to the whole form stands among the faults; the part is the member's name. */
export const FORM = "export";

/** Where a part of the form stands in the body. */
interface Place {
  path: string;
  id: string;
}

export interface WrittenBody {
  body: ExportRequest;
  places: Place[];
}

/** The body of a form. What is not yet whole is left out. */
export function write(draft: ExportDraft): WrittenBody {
  const places: Place[] = [];
  const range = {
    ...(draft.from && { start_date: draft.from }),
    ...(draft.to && { end_date: draft.to }),
    ...(draft.dryRuns && { dry_runs: true }),
  };
  const computed = takesComputed(draft.kind) ? writeComputed(draft.computed, places) : [];
  const body: ExportRequest = {
    kind: draft.kind,
    ...(draft.definition && { definition: draft.definition }),
    ...(draft.kind === "events" && { events: { ...range, wanted: writeWanted(draft.wanted, places) } }),
    ...(ofJourneys(draft.kind) && writeJourneys({ ...(draft.journeys.length > 0 && { ids: draft.journeys }), ...range })),
    ...(draft.attributes.length > 0 && { attributes: draft.attributes }),
    ...(computed.length > 0 && { computed }),
    ...writeWindow(draft.window),
    ...writeFile(draft.file),
    ...(draft.email.trim() && { email: draft.email.trim() }),
    ...(draft.hook.trim() && { hook: draft.hook.trim() }),
    ...(draft.destinations.length > 0 && { destinations: draft.destinations }),
    ...(draft.asOf && { as_of: draft.asOf }),
    ...(draft.timezone && { timezone: draft.timezone }),
    ...draft.rest,
  };
  return { body, places };
}

/** The field that a refusal of the service points at. */
export function fieldAt(places: Place[], path: string): Pick<Missing, "id" | "part"> {
  const place = places
    .filter((known) => path === known.path || path.startsWith(`${known.path}.`) || path.startsWith(`${known.path}[`))
    .sort((a, b) => b.path.length - a.path.length)[0];
  const rest = place ? path.slice(place.path.length) : path.replace(/^(events|journeys|positions)\.(?!wanted)/, "");
  return { id: place?.id ?? FORM, part: /[a-z_]+/.exec(rest)?.[0] ?? "" };
}

function writeWanted(wanted: WantedDraft[], places: Place[]) {
  return wanted
    .filter((one) => one.event !== null)
    .map((one, index) => {
      const path = `events.wanted[${index}]`;
      places.push({ path, id: one.id });
      const filters = one.filters
        .filter((filter) => missingInFilter(filter).length === 0)
        .map((filter, at) => {
          places.push({ path: `${path}.filters[${at}]`, id: filter.id });
          return { key: filter.key ?? "", operator: filter.operator, values: filter.values };
        });
      return {
        event_name: one.event ?? "",
        ...(one.params.length > 0 && { params: one.params }),
        ...(filters.length > 0 && { filters }),
      };
    });
}

const writeJourneys = (journeys: NonNullable<ExportRequest["journeys"]>) => (Object.keys(journeys).length > 0 ? { journeys } : {});

/** The window, once it says where it begins. */
function writeWindow({ since, from, after, end, to }: WindowDraft): Pick<ExportRequest, "positions"> {
  const until = to === null ? {} : { to };
  if (since === "position" && from !== null) return { positions: { from, ...until } };
  if (since === "export" && after !== null) return { positions: { ...(end !== null && { from: end }), after, ...until } };
  return {};
}

function writeComputed(computed: ComputedDraft[], places: Place[]): ComputedColumn[] {
  return computed
    .filter((one) => missingInComputed(one).length === 0)
    .map((one, index) => {
      places.push({ path: `computed[${index}]`, id: one.id });
      return writeColumn(one);
    });
}

function writeColumn(column: ComputedDraft): ComputedColumn {
  const name = column.name.trim();
  switch (column.from) {
    case "json":
      return jsonValue(column.text) as ComputedColumn;
    case "segment":
      return { name, segment: column.segment ?? "" };
    case "definition":
      return { name, definition: column.definition ?? { all: [] } };
    case "event": {
      const [condition] = (writeFilter(newGroup([column.event])).definition?.all ?? []) as Pick<ComputedColumn, "where" | "time_range">[];
      const happened = {
        name,
        event: column.event.event ?? "",
        ...(condition?.where !== undefined && { where: condition.where }),
        ...(condition?.time_range !== undefined && { time_range: condition.time_range }),
      };
      return column.measure === "sum"
        ? { ...happened, measure: "sum", parameter: column.parameter ?? "" }
        : { ...happened, measure: column.measure };
    }
  }
}

/** What goes with the format and is not what the service does anyway. */
function writeFile(file: FileDraft) {
  const plain = newFile();
  const { format } = file;
  const csv = format === "csv";
  const times = file.times && timesOf(format).includes(file.times) ? file.times : null;
  return {
    format,
    ...(file.compression && compressionsOf(format).includes(file.compression) && { compression: file.compression }),
    ...(csv && { formulas: file.formulas }),
    ...(csv && file.delimiter !== plain.delimiter && { delimiter: file.delimiter }),
    ...(csv && file.bom && { bom: true }),
    ...(csv && file.crlf && { crlf: true }),
    ...(csv && file.nullText !== "" && { null: file.nullText }),
    ...(csv && file.quotes !== plain.quotes && { quotes: file.quotes }),
    ...(times && { times }),
    ...(takesZone({ ...file, times }) && file.timeZone !== "" && { time_zone: file.timeZone }),
    ...(file.arrays && { arrays: file.arrays }),
    ...(file.arrays === "joined" && file.arraySeparator !== "" && { array_separator: file.arraySeparator }),
    ...(file.maxRows !== null && { max_rows: file.maxRows }),
    ...(file.maxBytes !== null && { max_bytes: file.maxBytes }),
  };
}
