/** What each page keeps in its address. Anything else in an address is ignored. */
import type { Definition, IdentifierName } from "../api/types";

export interface ProfilesSearch {
  /** What is looked for, and in which identifier. */
  q?: string;
  by?: IdentifierName;
  /** The applied filter: a segment definition. */
  filter?: Definition;
  as_of?: string;
  /** The saved segment that the filter is a change of, and the version that the change began from. */
  segment?: string;
  version?: number;
  /** Cursors of the pages walked through so far; the last one is the page shown. */
  after?: string[];
  columns?: string[];
}

export const IDENTIFIERS: readonly IdentifierName[] = ["profile_id", "email", "phone_number", "user_id"];

type Raw = Record<string, unknown>;

export const profilesSearch = (raw: Raw): ProfilesSearch => ({
  q: text(raw.q),
  by: IDENTIFIERS.find((name) => name === raw.by),
  filter: definition(raw.filter),
  as_of: text(raw.as_of),
  segment: text(raw.segment),
  version: typeof raw.version === "number" ? raw.version : undefined,
  after: texts(raw.after),
  columns: texts(raw.columns),
});

export interface ProfileSearchParams {
  tab?: "events" | "why" | "exports";
  event?: string;
  /** Of whom the person may be: a saved segment, or the filter that the list had. */
  segment?: string;
  filter?: Definition;
}

export const profileSearch = (raw: Raw): ProfileSearchParams => ({
  tab: raw.tab === "events" || raw.tab === "why" || raw.tab === "exports" ? raw.tab : undefined,
  event: text(raw.event),
  segment: text(raw.segment),
  filter: definition(raw.filter),
});

/** The tab, and the segment whose history is open. */
export const segmentsSearch = (raw: Raw): { tab?: "lists"; history?: string } => ({
  tab: raw.tab === "lists" ? "lists" : undefined,
  history: text(raw.history),
});

/** What is looked at of the audit. */
export const auditSearch = (raw: Raw): { subject?: string; deed?: string } => ({ subject: text(raw.subject), deed: text(raw.deed) });

export const journeysSearch = (raw: Raw): { sort?: string; desc?: boolean; q?: string } => ({
  sort: text(raw.sort),
  desc: raw.desc === true ? true : undefined,
  q: text(raw.q),
});

export const exportsSearch = (raw: Raw): { job?: string } => ({ job: text(raw.job) });

/** The body of an export that the form begins with; what the form cannot read the page says. */
export const newExportSearch = (raw: Raw): { body?: object } => ({
  body: typeof raw.body === "object" && raw.body !== null ? raw.body : undefined,
});

/** The schedule whose history is open. */
export const schedulesSearch = (raw: Raw): { schedule?: string } => ({ schedule: text(raw.schedule) });

/** The schedule that is changed, or the body of an export that a new one begins with. */
export const scheduleSearch = (raw: Raw): { schedule?: string; body?: object } => ({ schedule: text(raw.schedule), ...newExportSearch(raw) });
export const MESSAGE_STATES = ["waiting", "delivered", "dead"] as const;

/** The endpoint whose messages are open, and in which state they are. */
export const webhooksSearch = (raw: Raw): { endpoint?: string; state?: (typeof MESSAGE_STATES)[number] } => ({
  endpoint: text(raw.endpoint),
  state: MESSAGE_STATES.find((state) => state === raw.state),
});

export const mailSearch = (raw: Raw): { message?: string; as?: "text" } => ({
  message: text(raw.message),
  as: raw.as === "text" ? "text" : undefined,
});

/** `back` is followed only inside this app. */
export const signInSearch = (raw: Raw): { back?: string } => {
  const back = text(raw.back);
  return { back: back && /^\/(?![/\\])/.test(back) ? back : undefined };
};

const definition = (value: unknown): Definition | undefined =>
  typeof value === "object" && value !== null ? (value as Definition) : undefined;

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : typeof value === "number" ? String(value) : undefined;
}

function texts(value: unknown): string[] | undefined {
  const list = Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
  return list.length === 0 ? undefined : list;
}
