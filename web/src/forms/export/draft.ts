/**
 * An export as a person fills it in. `write.ts` turns it into the body of the API, `read.ts` turns a body back.
 * Everything here is plain data; ids only serve the page.
 */
import { TIMEZONE } from "../../api/timezone";
import type { ArraySpelling, Compression, Definition, ExportFormat, ExportKind, FilterOperator, Formulas, Measure, Quotes, TimeSpelling } from "../../api/types";
import { newEvent, newId } from "../../filters/model";
import type { EventCondition, Scalar } from "../../filters/model";

export const OPERATORS = ["eq", "ne", "lt", "gt", "lteq", "gteq"] as const satisfies readonly FilterOperator[];

/** A condition on an event's parameter. Only `eq` and `ne` take several values. */
export interface FilterDraft {
  id: string;
  key: string | null;
  operator: FilterOperator;
  values: Scalar[];
}

export interface WantedDraft {
  id: string;
  event: string | null;
  params: string[];
  filters: FilterDraft[];
}

export const MEASURES = ["count", "first_time", "last_time", "sum"] as const satisfies readonly Measure[];

/** A column that is computed; all ways keep what was entered while another one is looked at. */
export interface ComputedDraft {
  id: string;
  name: string;
  /** What it is computed from; `json` is one that no form fits, kept as it is written. */
  from: "event" | "segment" | "definition" | "json";
  measure: Measure;
  parameter: string | null;
  /** Which occurrences of an event: its name, its parameters, when. */
  event: EventCondition;
  segment: string | null;
  definition: Definition | undefined;
  text: string;
}

export const QUOTES = ["needed", "all", "text"] as const satisfies readonly Quotes[];
export const TIMES = ["rfc3339", "space", "epoch_seconds", "epoch_milliseconds"] as const satisfies readonly TimeSpelling[];
export const ARRAYS = ["json", "joined", "refuse"] as const satisfies readonly ArraySpelling[];
export const FORMULAS: readonly Formulas[] = ["escape", "raw", "refuse"];
export const COMPRESSIONS: readonly Compression[] = ["gzip", "zstd"];

/** How the files are written. */
export interface FileDraft {
  format: ExportFormat;
  compression: Compression | null;
  formulas: Formulas;
  delimiter: string;
  bom: boolean;
  crlf: boolean;
  nullText: string;
  quotes: Quotes;
  /** How instants are spelled; none is as the format has them. */
  times: TimeSpelling | null;
  timeZone: string;
  /** How arrays are spelled; none is as the format has them. */
  arrays: ArraySpelling | null;
  arraySeparator: string;
  maxRows: number | null;
  maxBytes: number | null;
}

/** Everything, or only what came in since a position or since an earlier export. */
export const SINCE = ["everything", "position", "export"] as const;

/** The window of positions; all ways keep what was entered while another one is looked at. */
export interface WindowDraft {
  since: (typeof SINCE)[number];
  /** The first position that is in. */
  from: number | null;
  /** The id of the earlier export. */
  after: string | null;
  /** Where the earlier export ends, if the body says that beside its id. */
  end: number | null;
  /** The first position that is out again; none is one past the newest. */
  to: number | null;
}

export interface ExportDraft {
  kind: ExportKind;
  window: WindowDraft;
  /** Who is meant; none is everyone. */
  definition: Definition | undefined;
  /** The instant that counts as now; none is when it runs. */
  asOf: string | null;
  /** The zone of calendar units; none is UTC. */
  timezone: string | undefined;
  wanted: WantedDraft[];
  journeys: number[];
  /** The first instant of events, passes or messages that is in, and the first that is out again. */
  from: string | null;
  to: string | null;
  dryRuns: boolean;
  attributes: string[];
  computed: ComputedDraft[];
  file: FileDraft;
  email: string;
  hook: string;
  /** Ids of destinations. */
  destinations: string[];
  /** Members of the body that the form has no field for, kept as they are written. */
  rest: Record<string, unknown>;
}

export const newFilter = (): FilterDraft => ({ id: newId(), key: null, operator: "eq", values: [] });

export const newWanted = (event: string | null = null): WantedDraft => ({ id: newId(), event, params: [], filters: [] });

export const newComputed = (): ComputedDraft => ({
  id: newId(),
  name: "",
  from: "event",
  measure: "count",
  parameter: null,
  event: newEvent(),
  segment: null,
  definition: undefined,
  text: "",
});

export const newWindow = (): WindowDraft => ({ since: "everything", from: null, after: null, end: null, to: null });

/** What the API does where a body says nothing, save that a new file's formulas are made harmless. */
export const newFile = (): FileDraft => ({
  format: "csv",
  compression: null,
  formulas: "escape",
  delimiter: ",",
  bom: false,
  crlf: false,
  nullText: "",
  quotes: "needed",
  times: null,
  timeZone: "",
  arrays: null,
  arraySeparator: "",
  maxRows: null,
  maxBytes: null,
});

export const newDraft = (kind: ExportKind = "events"): ExportDraft => ({
  kind,
  window: newWindow(),
  definition: undefined,
  asOf: null,
  timezone: TIMEZONE,
  wanted: [newWanted()],
  journeys: [],
  from: null,
  to: null,
  dryRuns: false,
  attributes: ["user_id"],
  computed: [],
  file: newFile(),
  email: "",
  hook: "",
  destinations: [],
  rest: {},
});

/** Whether rows of a kind are of a person's journeys. */
export const ofJourneys = (kind: ExportKind): boolean => kind === "passes" || kind === "messages";

/** Whether a kind can have computed columns. */
export const takesComputed = (kind: ExportKind): boolean => kind === "profiles" || kind === "events";

/** Whether a format is text, whose values have to be spelled. */
export const isText = (format: ExportFormat): boolean => format === "csv" || format === "ndjson";

/** The ways in which files of a format can be compressed; Parquet and XLSX are compressed inside. */
export function compressionsOf(format: ExportFormat): readonly Compression[] {
  if (isText(format)) return COMPRESSIONS;
  return format === "arrow" ? ["zstd"] : [];
}

/** The ways in which a format can spell instants; Parquet and Arrow have numbers for them already. */
export const timesOf = (format: ExportFormat): readonly TimeSpelling[] =>
  format === "parquet" || format === "arrow" ? ["rfc3339", "space"] : TIMES;

/** Whether instants are written in a time zone, so that one can be chosen. */
export const takesZone = ({ format, times }: FileDraft): boolean =>
  times === null ? isText(format) || format === "xlsx" : times === "rfc3339" || times === "space";
