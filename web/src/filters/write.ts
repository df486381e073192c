/** From the edited filter to a segment definition, and from a path in that definition back to its part. */
import { isWritten, jsonValue } from "./complete";
import { newComparison } from "./model";
import type {
  Amount,
  Comparison,
  Condition,
  Filter,
  Group,
  InteractionCondition,
  ParameterCondition,
  Step,
  TimeRange,
  WhereGroup,
  WherePart,
} from "./model";
import { operatorNamed } from "./operators";

type Node = Record<string, unknown>;

/** Where a group, a condition, a step or a parameter row stands in the definition. */
export interface Place {
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
  const places: Place[] = [];
  const written = isWritten(filter);
  return {
    definition: written ? writeGroup(filter, "", places) : undefined,
    filters: written ? leaves(filter) : 0,
    places,
  };
}

/** The definition of a filter, `{"all": []}` (everyone) when it filters nothing. */
export const toDefinition = (filter: Filter): Node => write(filter).definition ?? { all: [] };

/** A refusal placed at a part of the filter: `part` is the first member of the path inside it. */
export interface Fault {
  id: string;
  part: string;
}

/** The part of the filter that a path points into; undefined when it points at none. */
export function faultAt(places: Place[], path: string): Fault | undefined {
  const wanted = path.replace(/^definition\.?/, "");
  const place = places
    .filter((known) => known.path !== "" && (wanted === known.path || /^[.[]/.test(after(wanted, known.path))))
    .sort((a, b) => b.path.length - a.path.length)[0];
  if (!place) return undefined;
  const rest = after(wanted, place.path)
    .replace(/^\.not(?=\.|$)/, "")
    .replace(/^\./, "")
    .replace(/^(channel_interaction|journey)\./, "");
  const part = /^[a-z_]+/.exec(rest)?.[0] ?? "";
  return { id: place.id, part: ["values", "from", "to", "unit", "operator"].includes(part) ? "value" : part };
}

const after = (path: string, prefix: string): string => (path.startsWith(prefix) ? path.slice(prefix.length) : "");

const inside = (path: string, member: string): string => (path === "" ? member : `${path}.${member}`);

const leaves = (group: Group): number =>
  group.parts.filter(isWritten).reduce((sum, part) => sum + (part.kind === "group" ? leaves(part) : 1), 0);

function writeGroup(group: Group, path: string, places: Place[]): Node {
  places.push({ path, id: group.id });
  const at = inside(group.negated ? inside(path, "not") : path, group.joiner);
  const nodes = group.parts.filter(isWritten).map((part, index) => {
    const here = `${at}[${index}]`;
    return part.kind === "group" ? writeGroup(part, here, places) : writeCondition(part, here, places);
  });
  return negate(group.negated, { [group.joiner]: nodes });
}

function writeCondition(condition: Condition, path: string, places: Place[]): Node {
  if (condition.kind === "attribute") {
    return writeCompared({ attribute: condition.attribute }, condition.comparison, condition.id, path, places);
  }
  places.push({ path, id: condition.id });
  if (condition.kind === "json") return jsonValue(condition.text) as Node;
  if (condition.kind === "everyone") return { [condition.negated ? "any" : "all"]: [] };
  return negate(condition.negated, writePositive(condition, condition.negated ? `${path}.not` : path, places));
}

type Negatable = Exclude<Condition, { kind: "attribute" | "json" | "everyone" }>;

function writePositive(condition: Negatable, path: string, places: Place[]): Node {
  switch (condition.kind) {
    case "event":
    case "interaction": {
      const { aggregate } = condition;
      return {
        ...writeStep(condition, path, places),
        ...writeTimes(condition.times),
        ...(aggregate && {
          aggregate: { function: aggregate.function, parameter: aggregate.parameter, ...writeAmount(aggregate.amount) },
        }),
      };
    }
    case "sequence":
      return {
        sequence: condition.steps.map((step, index) => {
          const at = `${path}.sequence[${index}]`;
          places.push({ path: at, id: step.id });
          return writeStep(step, at, places);
        }),
        ...(condition.within && { within: { value: condition.within.amount, unit: condition.within.unit } }),
      };
    case "journey":
      return { journey: { id: condition.journeyId, state: condition.state } };
    case "segment":
      return { segment: condition.segment };
    case "list":
      return { list: condition.list };
  }
}

function writeStep(step: Step, path: string, places: Place[]): Node {
  const where = step.kind === "interaction" ? interactionWhere(step) : step.where;
  return {
    ...(step.kind === "interaction" ? { channel_interaction: marks(step) } : { event: step.event }),
    ...(where.rows.length > 0 && { where: writeWhere(where, `${path}.where`, places) }),
    ...writeRange(step.range),
  };
}

function writeWhere(where: WhereGroup, path: string, places: Place[]): Node {
  const [only] = where.rows;
  const inner = where.negated ? `${path}.not` : path;
  // One parameter needs no group around it.
  if (where.rows.length === 1 && only?.kind === "parameter") return negate(where.negated, writeRow(only, inner, places));
  const rows = where.rows.map((row, index) => writeRow(row, `${inner}.${where.joiner}[${index}]`, places));
  places.push({ path, id: where.id });
  return negate(where.negated, { [where.joiner]: rows });
}

const writeRow = (row: WherePart, path: string, places: Place[]): Node =>
  row.kind === "where"
    ? writeWhere(row, path, places)
    : writeCompared({ parameter: row.parameter }, row.comparison, row.id, path, places);

function marks({ channels, action, journeyId, journeyName, campaignId }: InteractionCondition): Node {
  return {
    product: "architect",
    ...(channels.length === 1 && { channel: channels[0] }),
    ...(action !== null && { action }),
    ...(journeyId !== null && { journey_id: journeyId }),
    ...(journeyName !== null && { journey_name: journeyName }),
    ...(campaignId !== null && { campaign_id: campaignId }),
  };
}

/** Several channels and an element have no mark of their own: they are parameters like others. */
function interactionWhere({ id, channels, element, where }: InteractionCondition): WhereGroup {
  const chosen = (parameter: string, values: string[]): ParameterCondition => ({
    kind: "parameter",
    id: `${id}:${parameter}`,
    parameter,
    comparison: { ...newComparison(), values },
  });
  const own = [
    ...(channels.length > 1 ? [chosen("channel_code", channels)] : []),
    ...(element === null ? [] : [chosen("element_code", [element])]),
  ];
  if (own.length === 0) return where;
  const plain = where.joiner === "all" && !where.negated;
  return { ...where, joiner: "all", negated: false, rows: [...own, ...(plain ? where.rows : where.rows.length > 0 ? [where] : [])] };
}

function writeCompared(subject: Node, comparison: Comparison, id: string, path: string, places: Place[]): Node {
  const known = operatorNamed(comparison.operator);
  const twin = comparison.negated ? known?.twin : undefined;
  places.push({ path, id });
  const alone = comparison.operator === "in" && comparison.values.length === 1;
  const name = alone ? (twin ? "not_equals" : "equals") : (twin ?? comparison.operator);
  const node = {
    ...subject,
    operator: name,
    ...writeEntered(comparison, alone),
    ...(comparison.caseInsensitive && { case_insensitive: true }),
  };
  return negate(comparison.negated && !twin, node);
}

function writeEntered(comparison: Comparison, alone: boolean): Node {
  switch (operatorNamed(comparison.operator)?.entry) {
    case "values":
      return alone ? { value: comparison.values[0] } : { values: comparison.values };
    case "value":
      return { value: comparison.values[0] };
    case "bounds":
      return { from: comparison.from, to: comparison.to };
    case "duration":
      return { value: comparison.amount, unit: comparison.unit };
    default:
      return {};
  }
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
    case "in_last": {
      const value = range.calendar === "this" ? 1 : range.amount;
      return { time_range: { operator: "in_last", value, unit: range.unit, ...(range.calendar && { calendar: true }) } };
    }
    case "between":
      return { time_range: { operator: "between", from: range.from, to: range.to } };
    default:
      return { time_range: { operator: range.operator, value: range.value } };
  }
}

const negate = (negated: boolean, node: Node): Node => (negated ? { not: node } : node);
