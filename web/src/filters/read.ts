/** From a segment definition to the edited filter. What has no form becomes a card of JSON: nothing is ever lost. */
import {
  allTime,
  atLeastOnce,
  emptyFilter,
  FUNCTIONS,
  JOURNEY_STATES,
  newComparison,
  newGroup,
  newId,
  newWhere,
  UNITS,
} from "./model";
import type {
  Aggregate,
  AggregateFunction,
  Amount,
  Comparison,
  Condition,
  EventCondition,
  Filter,
  InteractionCondition,
  Joiner,
  JourneyState,
  ParameterCondition,
  Part,
  Scalar,
  SequenceCondition,
  Step,
  TimeRange,
  Unit,
  WhereGroup,
  WherePart,
} from "./model";
import { operatorNamed, operatorOfTwin } from "./operators";

type Node = Record<string, unknown>;

/** The node says something that the page has no form for. */
class Unshowable extends Error {}

/** The filter of a definition. */
export function fromDefinition(definition: unknown): Filter {
  const part = readPart(definition);
  if (part.kind === "group") return part;
  return part.kind === "everyone" && !part.negated ? emptyFilter() : newGroup([part]);
}

/** A node as a form, or else as it is written. */
function readPart(written: unknown): Part {
  try {
    return readNode(node(written));
  } catch (error) {
    if (error instanceof Unshowable) return { kind: "json", id: newId(), text: JSON.stringify(written, null, 2) };
    throw error;
  }
}

function readNode(written: Node): Part {
  if (!("not" in written)) return joinerOf(written) ? readGroup(written, false) : readCondition(written, false);
  only(written, ["not"]);
  const inner = node(written.not);
  if (joinerOf(inner) && list(Object.values(inner)[0]).length > 0) return readGroup(inner, true);
  // Twice turned round, or nothing turned round: the outer "not" is a group of one.
  if ("not" in inner || joinerOf(inner)) return newGroup([readPart(inner)], "any", true);
  return readCondition(inner, true);
}

function readGroup(written: Node, negated: boolean): Part {
  const joiner = joinerOf(written) ?? unshowable();
  const children = list(written[joiner]);
  if (children.length === 0) return { kind: "everyone", id: newId(), negated: joiner === "any" };
  return newGroup(children.map(readPart), joiner, negated);
}

function readCondition(written: Node, negated: boolean): Condition {
  const id = newId();
  if ("attribute" in written) {
    const { attribute, ...rest } = written;
    return { kind: "attribute", id, attribute: string(attribute), comparison: readComparison(rest, negated) };
  }
  if ("event" in written || "channel_interaction" in written) return { ...readCounted(written), negated };
  if ("sequence" in written) return readSequence(written, negated);
  if ("journey" in written) {
    only(written, ["journey"]);
    const journey = node(written.journey);
    only(journey, ["id", "state"]);
    return { kind: "journey", id, negated, journeyId: scalar(journey.id), state: journeyState(journey.state) };
  }
  if ("segment" in written) {
    only(written, ["segment"]);
    return { kind: "segment", id, negated, segment: string(written.segment) };
  }
  only(written, ["list"]);
  return { kind: "list", id, negated, list: string(written.list) };
}

function readCounted(written: Node): Step {
  const { times, aggregate, ...step } = written;
  return {
    ...readStep(step),
    times: times === undefined ? atLeastOnce() : readTimes(node(times)),
    aggregate: aggregate === undefined ? null : readAggregate(node(aggregate)),
  };
}

function readSequence(written: Node, negated: boolean): SequenceCondition {
  only(written, ["sequence", "within"]);
  const steps = nodes(written.sequence).map(readStep);
  const within = written.within === undefined ? null : node(written.within);
  if (within) only(within, ["value", "unit"]);
  return {
    kind: "sequence",
    id: newId(),
    negated,
    steps: steps.length === 0 ? unshowable() : steps,
    within: within && { amount: number(within.value), unit: unit(within.unit) },
  };
}

/** An event or interaction that neither counts nor adds up. */
function readStep(written: Node): Step {
  const happening = {
    id: newId(),
    negated: false,
    where: written.where === undefined ? newWhere() : readWhere(node(written.where)),
    times: atLeastOnce(),
    range: written.time_range === undefined ? allTime() : readRange(node(written.time_range)),
    aggregate: null,
  };
  if ("event" in written) {
    only(written, ["event", "where", "time_range"]);
    return { kind: "event", ...happening, event: string(written.event) } satisfies EventCondition;
  }
  only(written, ["channel_interaction", "where", "time_range"]);
  const chosen = node(written.channel_interaction);
  only(chosen, ["product", "channel", "action", "journey_id", "journey_name", "campaign_id"]);
  if (chosen.product !== "architect") return unshowable();
  const optional = (value: unknown) => (value === undefined ? null : scalar(value));
  return takeOwn({
    kind: "interaction",
    ...happening,
    channels: chosen.channel === undefined ? [] : [string(chosen.channel)],
    action: chosen.action === undefined ? null : stringOrNumber(chosen.action),
    journeyId: optional(chosen.journey_id),
    journeyName: optional(chosen.journey_name),
    campaignId: optional(chosen.campaign_id),
    element: null,
  });
}

/** Several channels and an element are written as parameters; the form has places of their own for them. */
function takeOwn(condition: InteractionCondition): InteractionCondition {
  const { where } = condition;
  if (where.joiner !== "all" || where.negated) return condition;
  let { channels, element } = condition;
  const rows = where.rows.filter((row) => {
    if (row.kind === "where") return true;
    const { operator, negated, caseInsensitive, values } = row.comparison;
    const texts = values.filter((value) => typeof value === "string");
    if (operator !== "in" || negated || caseInsensitive || texts.length !== values.length) return true;
    if (row.parameter === "channel_code" && channels.length === 0 && texts.length > 1) channels = texts;
    else if (row.parameter === "element_code" && element === null && texts.length === 1) element = texts[0] ?? null;
    else return true;
    return false;
  });
  return { ...condition, channels, element, where: { ...where, rows } };
}

function readWhere(written: Node): WhereGroup {
  const part = readWherePart(written);
  return part.kind === "where" ? part : newWhere([part]);
}

function readWherePart(written: Node): WherePart {
  if (!("not" in written)) return joinerOf(written) ? readWhereGroup(written, false) : readParameter(written, false);
  only(written, ["not"]);
  const inner = node(written.not);
  if ("not" in inner) return newWhere([readWherePart(inner)], "any", true);
  return joinerOf(inner) ? readWhereGroup(inner, true) : readParameter(inner, true);
}

function readWhereGroup(written: Node, negated: boolean): WhereGroup {
  const joiner = joinerOf(written) ?? unshowable();
  const children = nodes(written[joiner]);
  return children.length === 0 ? unshowable() : newWhere(children.map(readWherePart), joiner, negated);
}

function readParameter(written: Node, negated: boolean): ParameterCondition {
  const { parameter, ...rest } = written;
  return { kind: "parameter", id: newId(), parameter: string(parameter), comparison: readComparison(rest, negated) };
}

function readComparison(written: Node, wrapped: boolean): Comparison {
  const name = string(written.operator).replace(/^equals$/, "in").replace(/^not_equals$/, "not_in");
  const twin = operatorOfTwin(name);
  const known = operatorNamed(name) ?? twin ?? unshowable();
  const comparison: Comparison = {
    ...newComparison(known.name),
    negated: wrapped !== Boolean(twin),
    caseInsensitive: written.case_insensitive === undefined ? false : boolean(written.case_insensitive),
  };
  const own = (...names: string[]) => only(written, ["operator", "case_insensitive", ...names]);
  switch (known.entry) {
    case "values":
      own("values" in written ? "values" : "value");
      comparison.values = "values" in written ? list(written.values).map(scalar) : [scalar(written.value)];
      if (comparison.values.length === 0) return unshowable();
      break;
    case "value":
      own("value");
      comparison.values = [scalar(written.value)];
      break;
    case "bounds":
      own("from", "to");
      comparison.from = scalar(written.from);
      comparison.to = scalar(written.to);
      break;
    case "duration":
      own("value", "unit");
      comparison.amount = number(written.value);
      comparison.unit = unit(written.unit);
      break;
    case "nothing":
      own();
      break;
  }
  return comparison;
}

function readTimes(written: Node): Amount {
  const times = readAmount(written);
  for (const value of [times.value, times.from, times.to]) if (value !== null) number(value);
  return times;
}

function readAmount(written: Node): Amount {
  only(written, written.operator === "between" ? ["operator", "from", "to"] : ["operator", "value"]);
  switch (written.operator) {
    case "between":
      return { operator: "between", value: null, from: scalar(written.from), to: scalar(written.to) };
    case "exactly":
    case "at_least":
    case "at_most":
      return { operator: written.operator, value: scalar(written.value), from: null, to: null };
    default:
      return unshowable();
  }
}

function readRange(written: Node): TimeRange {
  const own = (...names: string[]) => only(written, ["operator", ...names]);
  switch (written.operator) {
    case "all_time":
      own();
      return allTime();
    case "in_last": {
      own("value", "unit", "calendar");
      const whole = written.calendar !== undefined && boolean(written.calendar);
      const amount = number(written.value);
      const calendar = whole ? (amount === 1 ? "this" : "last") : null;
      return { ...allTime(), operator: "in_last", amount, unit: unit(written.unit), calendar };
    }
    case "between":
      own("from", "to");
      return { ...allTime(), operator: "between", from: string(written.from), to: string(written.to) };
    case "before":
    case "after":
      own("value");
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
const boolean = (value: unknown): boolean => (typeof value === "boolean" ? value : unshowable());
const journeyState = (value: unknown): JourneyState => JOURNEY_STATES.find((known) => known === value) ?? unshowable();
const unit = (value: unknown): Unit => UNITS.find((known) => known === value) ?? unshowable();
