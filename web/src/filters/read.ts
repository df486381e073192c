/** From a segment definition to the edited filter, where the page can show it. */
import {
  allTime,
  atLeastOnce,
  emptyFilter,
  FUNCTIONS,
  newComparison,
  newGroup,
  newId,
  UNITS,
} from "./model";
import type {
  Aggregate,
  AggregateFunction,
  Amount,
  AttributeCondition,
  Comparison,
  Condition,
  EventCondition,
  Filter,
  Group,
  InteractionCondition,
  Joiner,
  ParameterCondition,
  Scalar,
  TimeRange,
  Unit,
} from "./model";
import { operatorNamed, operatorOfTwin } from "./operators";

type Node = Record<string, unknown>;

/** The definition says something that the page has no form for. */
class Unshowable extends Error {}

/** The filter of a definition; undefined when the page cannot show it, so that it is never shown wrongly. */
export function fromDefinition(definition: unknown): Filter | undefined {
  try {
    return readFilter(node(definition));
  } catch (error) {
    if (error instanceof Unshowable) return undefined;
    throw error;
  }
}

function readFilter(definition: Node): Filter {
  const joiner = joinerOf(definition);
  if (!joiner) return { joiner: "all", groups: [newGroup([readCondition(definition)])] };
  const children = nodes(definition[joiner]);
  if (children.length === 0) return joiner === "all" ? emptyFilter() : unshowable();
  if (children.some(joinerOf)) return { joiner, groups: children.map(readGroup) };
  return { joiner: "all", groups: [newGroup(children.map(readCondition), joiner)] };
}

function readGroup(child: Node): Group {
  const joiner = joinerOf(child);
  if (!joiner) return newGroup([readCondition(child)]);
  const children = nodes(child[joiner]);
  return children.length === 0 ? unshowable() : newGroup(children.map(readCondition), joiner);
}

function readCondition(written: Node): Condition {
  const [inner, negated] = unwrap(written);
  if ("attribute" in inner) return readAttribute(inner, negated);
  if ("event" in inner) return readEvent(inner, negated);
  if ("channel_interaction" in inner) return readInteraction(inner, negated);
  return unshowable();
}

function readAttribute(inner: Node, negated: boolean): AttributeCondition {
  const { attribute, ...rest } = inner;
  return { kind: "attribute", id: newId(), attribute: string(attribute), comparison: readComparison(rest, negated) };
}

function readEvent(inner: Node, negated: boolean): EventCondition {
  only(inner, ["event", "where", "times", "time_range", "aggregate"]);
  const { joiner, rows } = readWhere(inner.where);
  return {
    kind: "event",
    id: newId(),
    negated,
    event: string(inner.event),
    joiner,
    where: rows,
    times: inner.times === undefined ? atLeastOnce() : readAmount(node(inner.times)),
    range: inner.time_range === undefined ? allTime() : readRange(node(inner.time_range)),
    aggregate: inner.aggregate === undefined ? null : readAggregate(node(inner.aggregate)),
  };
}

function readWhere(where: unknown): { joiner: Joiner; rows: ParameterCondition[] } {
  if (where === undefined) return { joiner: "all", rows: [] };
  const written = node(where);
  const joiner = joinerOf(written);
  const children = joiner ? nodes(written[joiner]) : [written];
  if (children.length === 0) return unshowable();
  return { joiner: joiner ?? "all", rows: children.map(readParameter) };
}

function readParameter(written: Node): ParameterCondition {
  const [{ parameter, ...rest }, negated] = unwrap(written);
  return { id: newId(), parameter: string(parameter), comparison: readComparison(rest, negated) };
}

function readInteraction(inner: Node, negated: boolean): InteractionCondition {
  only(inner, ["channel_interaction", "where", "times", "time_range"]);
  const chosen = node(inner.channel_interaction);
  only(chosen, ["product", "channel", "action", "journey_id", "campaign_id"]);
  if (chosen.product !== "architect") return unshowable();
  const condition: InteractionCondition = {
    kind: "interaction",
    id: newId(),
    negated,
    channels: chosen.channel === undefined ? [] : [string(chosen.channel)],
    action: chosen.action === undefined ? null : stringOrNumber(chosen.action),
    journeyId: chosen.journey_id === undefined ? null : number(chosen.journey_id),
    campaignId: chosen.campaign_id === undefined ? null : number(chosen.campaign_id),
    element: null,
    times: inner.times === undefined ? atLeastOnce() : readAmount(node(inner.times)),
    range: inner.time_range === undefined ? allTime() : readRange(node(inner.time_range)),
  };
  const { joiner, rows } = readWhere(inner.where);
  if (rows.length > 1 && joiner !== "all") return unshowable();
  for (const { parameter, comparison } of rows) {
    if (comparison.operator !== "in" || comparison.negated || comparison.caseInsensitive) return unshowable();
    const values = comparison.values.map(string);
    if (parameter === "channel_code" && condition.channels.length === 0 && values.length > 0) {
      condition.channels = values;
    } else if (parameter === "element_code" && condition.element === null && values.length === 1) {
      condition.element = values[0] ?? null;
    } else return unshowable();
  }
  return condition;
}

function readComparison(written: Node, wrapped: boolean): Comparison {
  only(written, ["operator", "value", "values", "from", "to", "unit", "case_insensitive"]);
  const name = string(written.operator).replace(/^equals$/, "in").replace(/^not_equals$/, "not_in");
  const twin = operatorOfTwin(name);
  const known = operatorNamed(name) ?? twin ?? unshowable();
  const comparison: Comparison = {
    ...newComparison(known.name),
    negated: wrapped !== Boolean(twin),
    caseInsensitive: written.case_insensitive === true,
  };
  switch (known.entry) {
    case "values":
      comparison.values = "values" in written ? list(written.values).map(scalar) : [scalar(written.value)];
      if (comparison.values.length === 0) return unshowable();
      break;
    case "value":
      comparison.values = [scalar(written.value)];
      break;
    case "bounds":
      comparison.from = scalar(written.from);
      comparison.to = scalar(written.to);
      break;
    case "duration":
      comparison.amount = number(written.value);
      comparison.unit = unit(written.unit);
      break;
    case "nothing":
      break;
  }
  return comparison;
}

function readAmount(written: Node): Amount {
  only(written, ["operator", "value", "from", "to"]);
  switch (written.operator) {
    case "between":
      return { operator: "between", value: null, from: number(written.from), to: number(written.to) };
    case "exactly":
    case "at_least":
    case "at_most":
      return { operator: written.operator, value: number(written.value), from: null, to: null };
    default:
      return unshowable();
  }
}

function readRange(written: Node): TimeRange {
  only(written, ["operator", "value", "unit", "from", "to"]);
  switch (written.operator) {
    case "all_time":
      return allTime();
    case "in_last":
      return { ...allTime(), operator: "in_last", amount: number(written.value), unit: unit(written.unit) };
    case "between":
      return { ...allTime(), operator: "between", from: string(written.from), to: string(written.to) };
    case "before":
    case "after":
      return { ...allTime(), operator: written.operator, value: string(written.value) };
    default:
      return unshowable();
  }
}

function readAggregate(written: Node): Aggregate {
  const { function: name, parameter, ...amount } = written;
  const known = FUNCTIONS.find((candidate): candidate is AggregateFunction => candidate === name);
  return { function: known ?? unshowable(), parameter: string(parameter), amount: readAmount(amount) };
}

function unwrap(written: Node): [inner: Node, negated: boolean] {
  if (!("not" in written)) return [written, false];
  only(written, ["not"]);
  return [node(written.not), true];
}

function joinerOf(written: Node): Joiner | undefined {
  const joiner = "all" in written ? "all" : "any" in written ? "any" : undefined;
  if (joiner) only(written, [joiner]);
  return joiner;
}

function only(written: Node, names: string[]): void {
  if (Object.keys(written).some((name) => !names.includes(name))) unshowable();
}

function unshowable(): never {
  throw new Unshowable();
}

function node(value: unknown): Node {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Node) : unshowable();
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : unshowable());
const nodes = (value: unknown): Node[] => list(value).map(node);
const string = (value: unknown): string => (typeof value === "string" ? value : unshowable());
const number = (value: unknown): number => (typeof value === "number" ? value : unshowable());
const stringOrNumber = (value: unknown): string | number =>
  typeof value === "number" ? value : string(value);
const scalar = (value: unknown): Scalar => (typeof value === "boolean" ? value : stringOrNumber(value));
const unit = (value: unknown): Unit => UNITS.find((known) => known === value) ?? unshowable();
