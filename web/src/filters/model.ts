/**
 * A filter as a person edits it: groups of conditions. `write.ts` turns it into a segment definition, `read.ts`
 * turns a definition back. Everything here is plain data; ids only serve the page.
 */

export type Joiner = "all" | "any";
export type Scalar = string | number | boolean;
export type Unit = "minute" | "hour" | "day" | "week" | "month";

export const UNITS: readonly Unit[] = ["minute", "hour", "day", "week", "month"];

export interface Filter {
  joiner: Joiner;
  groups: Group[];
}

export interface Group {
  id: string;
  joiner: Joiner;
  conditions: Condition[];
}

export type Condition = AttributeCondition | EventCondition | InteractionCondition;

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
  id: string;
  parameter: string | null;
  comparison: Comparison;
}

export type Bound = "at_least" | "at_most" | "exactly" | "between";

/** How often, or how much: a bound with its number or numbers. */
export interface Amount {
  operator: Bound;
  value: number | null;
  from: number | null;
  to: number | null;
}

export interface TimeRange {
  operator: "all_time" | "in_last" | "between" | "before" | "after";
  amount: number | null;
  unit: Unit;
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

export interface EventCondition {
  kind: "event";
  id: string;
  negated: boolean;
  event: string | null;
  joiner: Joiner;
  where: ParameterCondition[];
  times: Amount;
  range: TimeRange;
  aggregate: Aggregate | null;
}

export interface InteractionCondition {
  kind: "interaction";
  id: string;
  negated: boolean;
  channels: string[];
  /** Name or code. */
  action: string | number | null;
  journeyId: number | null;
  element: string | null;
  campaignId: number | null;
  times: Amount;
  range: TimeRange;
}

let last = 0;

/** An id that no other part of any filter in this page has. */
export function newId(): string {
  last += 1;
  return `c${last}`;
}

export const emptyFilter = (): Filter => ({ joiner: "all", groups: [] });

export const newGroup = (conditions: Condition[] = [], joiner: Joiner = "all"): Group => ({
  id: newId(),
  joiner,
  conditions,
});

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

export const atLeastOnce = (): Amount => ({ operator: "at_least", value: 1, from: null, to: null });

export const allTime = (): TimeRange => ({
  operator: "all_time",
  amount: null,
  unit: "day",
  value: null,
  from: null,
  to: null,
});

export const newAttribute = (): AttributeCondition => ({
  kind: "attribute",
  id: newId(),
  attribute: null,
  comparison: newComparison(),
});

export const newParameter = (parameter: string | null = null): ParameterCondition => ({
  id: newId(),
  parameter,
  comparison: newComparison(),
});

export const newEvent = (event: string | null = null): EventCondition => ({
  kind: "event",
  id: newId(),
  negated: false,
  event,
  joiner: "all",
  where: [],
  times: atLeastOnce(),
  range: allTime(),
  aggregate: null,
});

export const newInteraction = (): InteractionCondition => ({
  kind: "interaction",
  id: newId(),
  negated: false,
  channels: [],
  action: null,
  journeyId: null,
  element: null,
  campaignId: null,
  times: atLeastOnce(),
  range: allTime(),
});

export const conditionsOf = (filter: Filter): Condition[] => filter.groups.flatMap((group) => group.conditions);
