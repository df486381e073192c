/** From the edited filter to a segment definition, and from a path in that definition back to the condition. */
import { isComplete } from "./complete";
import type {
  Amount,
  Comparison,
  Condition,
  EventCondition,
  Filter,
  InteractionCondition,
  ParameterCondition,
  TimeRange,
} from "./model";
import { operatorNamed } from "./operators";

type Node = Record<string, unknown>;

/** Where a condition (or a parameter row) stands in the definition. */
interface Place {
  path: string;
  id: string;
}

export interface Written {
  /** Undefined when nothing is filtered. */
  definition: Node | undefined;
  /** How many conditions the definition has. */
  filters: number;
  places: Place[];
}

/** The definition of a filter. Conditions that are not yet whole are left out. */
export function write(filter: Filter): Written {
  const groups = filter.groups
    .map((group) => ({ joiner: group.joiner, conditions: group.conditions.filter(isComplete) }))
    .filter((group) => group.conditions.length > 0);
  const places: Place[] = [];
  const nodes = groups.map((group, index) => {
    const root = groups.length === 1 ? group.joiner : `${filter.joiner}[${index}].${group.joiner}`;
    return {
      [group.joiner]: group.conditions.map((condition, at) => writeCondition(condition, `${root}[${at}]`, places)),
    };
  });
  return {
    definition: nodes.length === 0 ? undefined : nodes.length === 1 ? nodes[0] : { [filter.joiner]: nodes },
    filters: groups.reduce((sum, group) => sum + group.conditions.length, 0),
    places,
  };
}

/** The definition of a filter, `{"all": []}` (everyone) when it filters nothing. */
export const toDefinition = (filter: Filter): Node => write(filter).definition ?? { all: [] };

/** A refusal placed at a condition: `part` is the first member of the path inside it. */
export interface Fault {
  id: string;
  part: string;
}

/** The condition that a path points into; undefined when it points at none. */
export function faultAt(places: Place[], path: string): Fault | undefined {
  const wanted = path.replace(/^definition\.?/, "");
  const place = places
    .filter((known) => wanted === known.path || /^[.[]/.test(after(wanted, known.path)))
    .sort((a, b) => b.path.length - a.path.length)[0];
  if (!place) return undefined;
  const rest = after(wanted, place.path).replace(/^\./, "").replace(/^channel_interaction\./, "");
  const part = /^[a-z_]+/.exec(rest)?.[0] ?? "";
  return { id: place.id, part: ["values", "from", "to", "unit", "operator"].includes(part) ? "value" : part };
}

const after = (path: string, prefix: string): string => (path.startsWith(prefix) ? path.slice(prefix.length) : "");

function writeCondition(condition: Condition, path: string, places: Place[]): Node {
  switch (condition.kind) {
    case "attribute":
      return writeCompared({ attribute: condition.attribute }, condition.comparison, condition.id, path, places);
    case "event": {
      const at = condition.negated ? `${path}.not` : path;
      places.push({ path: at, id: condition.id });
      return negate(condition.negated, writeEvent(condition, at, places));
    }
    case "interaction":
      places.push({ path: condition.negated ? `${path}.not` : path, id: condition.id });
      return negate(condition.negated, writeInteraction(condition));
  }
}

function writeEvent(condition: EventCondition, path: string, places: Place[]): Node {
  const { event, where, aggregate } = condition;
  return {
    event,
    ...(where.length > 0 && { where: writeWhere(condition.joiner, where, `${path}.where`, places) }),
    ...writeTimes(condition.times),
    ...writeRange(condition.range),
    ...(aggregate && {
      aggregate: {
        function: aggregate.function,
        parameter: aggregate.parameter,
        ...writeAmount(aggregate.amount),
      },
    }),
  };
}

function writeWhere(joiner: string, rows: ParameterCondition[], path: string, places: Place[]): Node {
  const nodes = rows.map((row, index) => {
    const at = rows.length === 1 ? path : `${path}.${joiner}[${index}]`;
    return writeCompared({ parameter: row.parameter }, row.comparison, row.id, at, places);
  });
  return rows.length === 1 && nodes[0] ? nodes[0] : { [joiner]: nodes };
}

function writeInteraction(condition: InteractionCondition): Node {
  const { channels, action, journeyId, campaignId, element } = condition;
  const where: Node[] = [];
  if (channels.length > 1) where.push({ parameter: "channel_code", operator: "in", values: channels });
  if (element !== null) where.push({ parameter: "element_code", operator: "equals", value: element });
  return {
    channel_interaction: {
      product: "architect",
      ...(channels.length === 1 && { channel: channels[0] }),
      ...(action !== null && { action }),
      ...(journeyId !== null && { journey_id: journeyId }),
      ...(campaignId !== null && { campaign_id: campaignId }),
    },
    ...(where.length > 0 && { where: where.length === 1 ? where[0] : { all: where } }),
    ...writeTimes(condition.times),
    ...writeRange(condition.range),
  };
}

function writeCompared(subject: Node, comparison: Comparison, id: string, path: string, places: Place[]): Node {
  const known = operatorNamed(comparison.operator);
  const twin = comparison.negated ? known?.twin : undefined;
  const wrapped = comparison.negated && !twin;
  places.push({ path: wrapped ? `${path}.not` : path, id });
  const alone = comparison.operator === "in" && comparison.values.length === 1;
  const name = alone ? (twin ? "not_equals" : "equals") : (twin ?? comparison.operator);
  const entered: Node =
    known?.entry === "values"
      ? alone
        ? { value: comparison.values[0] }
        : { values: comparison.values }
      : known?.entry === "value"
        ? { value: comparison.values[0] }
        : known?.entry === "bounds"
          ? { from: comparison.from, to: comparison.to }
          : known?.entry === "duration"
            ? { value: comparison.amount, unit: comparison.unit }
            : {};
  const node = {
    ...subject,
    operator: name,
    ...entered,
    ...(comparison.caseInsensitive && { case_insensitive: true }),
  };
  return negate(wrapped, node);
}

function writeTimes(times: Amount): Node {
  return times.operator === "at_least" && times.value === 1 ? {} : { times: writeAmount(times) };
}

function writeAmount(amount: Amount): Node {
  return amount.operator === "between"
    ? { operator: "between", from: amount.from, to: amount.to }
    : { operator: amount.operator, value: amount.value };
}

function writeRange(range: TimeRange): Node {
  switch (range.operator) {
    case "all_time":
      return {};
    case "in_last":
      return { time_range: { operator: "in_last", value: range.amount, unit: range.unit } };
    case "between":
      return { time_range: { operator: "between", from: range.from, to: range.to } };
    default:
      return { time_range: { operator: range.operator, value: range.value } };
  }
}

const negate = (negated: boolean, node: Node): Node => (negated ? { not: node } : node);
