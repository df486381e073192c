/**
 * A filter as a person edits it: a tree of groups and conditions. `write.ts` turns it into a segment definition,
 * `read.ts` turns a definition back. Everything here is plain data; ids only serve the page.
 */

export type Joiner = "all" | "any";
export type Scalar = string | number | boolean;
export type Unit = "minute" | "hour" | "day" | "week" | "month";

export const UNITS: readonly Unit[] = ["minute", "hour", "day", "week", "month"];

/** Units that the calendar has whole ones of. */
export const CALENDAR_UNITS: readonly Unit[] = ["day", "week", "month"];

/** All, any, none (a negated any) or not all (a negated all) of its parts. */
export interface Group {
  kind: "group";
  id: string;
  joiner: Joiner;
  negated: boolean;
  parts: Part[];
}

export type Part = Group | Condition;

/** The outermost group; without parts it means everyone. */
export type Filter = Group;

export type Condition =
  | AttributeCondition
  | EventCondition
  | InteractionCondition
  | SequenceCondition
  | JourneyCondition
  | SegmentCondition
  | ListCondition
  | EveryoneCondition
  | JsonCondition;

/** A comparison of an attribute or parameter with chosen values; always positive, `negated` turns it round. */
export interface Comparison {
  operator: string;
  negated: boolean;
  /** For operators that take one or several values. */
  values: Scalar[];
  from: Scalar | null;
  to: Scalar | null;
  amount: number | null;
  unit: Unit;
  caseInsensitive: boolean;
}

export interface AttributeCondition {
  kind: "attribute";
  id: string;
  attribute: string | null;
  comparison: Comparison;
}

export interface ParameterCondition {
  kind: "parameter";
  id: string;
  parameter: string | null;
  comparison: Comparison;
}

/** What holds of one event: all, any, none or not all of its rows. */
export interface WhereGroup {
  kind: "where";
  id: string;
  joiner: Joiner;
  negated: boolean;
  rows: WherePart[];
}

export type WherePart = WhereGroup | ParameterCondition;

export type Bound = "at_least" | "at_most" | "exactly" | "between";

/** How often, or how much: a bound with its value or values. */
export interface Amount {
  operator: Bound;
  value: Scalar | null;
  from: Scalar | null;
  to: Scalar | null;
}

export interface TimeRange {
  operator: "all_time" | "in_last" | "between" | "before" | "after";
  amount: number | null;
  unit: Unit;
  /** Of `in_last`: whole units of the calendar, only the current one or several with it. */
  calendar: "this" | "last" | null;
  value: string | null;
  from: string | null;
  to: string | null;
}

export const FUNCTIONS = ["sum", "average", "minimum", "maximum", "distinct_count", "first", "last"] as const;
export type AggregateFunction = (typeof FUNCTIONS)[number];

export interface Aggregate {
  function: AggregateFunction;
  parameter: string | null;
  amount: Amount;
}

/** What events and channel interactions share. */
interface Happening {
  id: string;
  negated: boolean;
  where: WhereGroup;
  times: Amount;
  range: TimeRange;
  aggregate: Aggregate | null;
}

export interface EventCondition extends Happening {
  kind: "event";
  event: string | null;
}

export interface InteractionCondition extends Happening {
  kind: "interaction";
  channels: string[];
  /** Name or code. */
  action: string | number | null;
  journeyId: Scalar | null;
  journeyName: Scalar | null;
  element: string | null;
  campaignId: Scalar | null;
}

/** One step of a sequence: an event or interaction that neither counts nor adds up. */
export type Step = EventCondition | InteractionCondition;

export interface SequenceCondition {
  kind: "sequence";
  id: string;
  negated: boolean;
  steps: Step[];
  /** How long after the first step the others may happen. */
  within: { amount: number | null; unit: Unit } | null;
}

export const JOURNEY_STATES = ["active", "completed", "exited", "never_entered"] as const;
export type JourneyState = (typeof JOURNEY_STATES)[number];

export interface JourneyCondition {
  kind: "journey";
  id: string;
  negated: boolean;
  journeyId: Scalar | null;
  state: JourneyState;
}

export interface SegmentCondition {
  kind: "segment";
  id: string;
  negated: boolean;
  segment: string | null;
}

export interface ListCondition {
  kind: "list";
  id: string;
  negated: boolean;
  list: string | null;
}

/** Everyone, or no one: a group of nothing that was written so. */
export interface EveryoneCondition {
  kind: "everyone";
  id: string;
  negated: boolean;
}

/** A node that the page has no form for, kept as it is written. */
export interface JsonCondition {
  kind: "json";
  id: string;
  text: string;
}

let last = 0;

/** An id that no other part of any filter in this page has. */
export function newId(): string {
  last += 1;
  return `c${last}`;
}

export const newGroup = (parts: Part[] = [], joiner: Joiner = "all", negated = false): Group => ({
  kind: "group",
  id: newId(),
  joiner,
  negated,
  parts,
});

export const emptyFilter = (): Filter => newGroup();

export const newComparison = (operator = "in"): Comparison => ({
  operator,
  negated: false,
  values: [],
  from: null,
  to: null,
  amount: null,
  unit: "day",
  caseInsensitive: false,
});

export const newWhere = (rows: WherePart[] = [], joiner: Joiner = "all", negated = false): WhereGroup => ({
  kind: "where",
  id: newId(),
  joiner,
  negated,
  rows,
});

export const atLeastOnce = (): Amount => ({ operator: "at_least", value: 1, from: null, to: null });

export const allTime = (): TimeRange => ({
  operator: "all_time",
  amount: null,
  unit: "day",
  calendar: null,
  value: null,
  from: null,
  to: null,
});

const newHappening = (): Happening => ({
  id: newId(),
  negated: false,
  where: newWhere(),
  times: atLeastOnce(),
  range: allTime(),
  aggregate: null,
});

export const newAttribute = (): AttributeCondition => ({
  kind: "attribute",
  id: newId(),
  attribute: null,
  comparison: newComparison(),
});

export const newParameter = (parameter: string | null = null): ParameterCondition => ({
  kind: "parameter",
  id: newId(),
  parameter,
  comparison: newComparison(),
});

export const newEvent = (event: string | null = null): EventCondition => ({ kind: "event", event, ...newHappening() });

export const newInteraction = (): InteractionCondition => ({
  kind: "interaction",
  ...newHappening(),
  channels: [],
  action: null,
  journeyId: null,
  journeyName: null,
  element: null,
  campaignId: null,
});

export const newSequence = (): SequenceCondition => ({
  kind: "sequence",
  id: newId(),
  negated: false,
  steps: [newEvent(), newEvent()],
  within: null,
});

export const newJourney = (): JourneyCondition => ({
  kind: "journey",
  id: newId(),
  negated: false,
  journeyId: null,
  state: "active",
});

export const newSegment = (): SegmentCondition => ({ kind: "segment", id: newId(), negated: false, segment: null });

export const newList = (): ListCondition => ({ kind: "list", id: newId(), negated: false, list: null });

/** All conditions of a filter or group, in the order in which they stand. */
export const conditionsOf = (part: Part): Condition[] =>
  part.kind === "group" ? part.parts.flatMap(conditionsOf) : [part];

/** The ids of a part's groups, its own first. */
export const groupsOf = (part: Part): string[] => (part.kind === "group" ? [part.id, ...part.parts.flatMap(groupsOf)] : []);
