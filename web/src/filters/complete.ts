/** What is still missing before a part of a filter says something. */
import { operatorNamed } from "./operators";
import type { Amount, Comparison, Condition, Part, Step, TimeRange, WherePart } from "./model";

/** A missing entry: where it belongs (see `Fault.part` in `write.ts`) and what to do. */
export interface Missing {
  id: string;
  part: string;
  message: string;
}

/** What is missing in one condition; empty when it is whole. */
export function missing(condition: Condition): Missing[] {
  const { id } = condition;
  const need = (given: unknown, part: string, message: string): Missing[] => (given === null ? [{ id, part, message }] : []);
  switch (condition.kind) {
    case "attribute":
      if (condition.attribute === null) return [{ id, part: "attribute", message: "Choose an attribute" }];
      return ofComparison(id, condition.comparison);
    case "event":
    case "interaction": {
      const happening = ofStep(condition);
      if (condition.kind === "event" && condition.event === null) return happening;
      const { aggregate } = condition;
      return [
        ...happening,
        ...ofAmount(id, "times", condition.times),
        ...(aggregate?.parameter === null
          ? [{ id, part: "aggregate", message: "Choose a parameter" }]
          : aggregate
            ? ofAmount(id, "aggregate", aggregate.amount)
            : []),
      ];
    }
    case "sequence":
      return [
        ...(condition.steps.length === 0 ? [{ id, part: "sequence", message: "Add a step" }] : []),
        ...condition.steps.flatMap(ofStep),
        ...(condition.within ? need(condition.within.amount, "within", "Say how long") : []),
      ];
    case "journey":
      return need(condition.journeyId, "journey", "Choose a journey");
    case "segment":
      return need(condition.segment, "segment", "Choose a segment");
    case "list":
      return need(condition.list, "list", "Choose a list");
    case "everyone":
      return [];
    case "json":
      return jsonValue(condition.text) === undefined ? [{ id, part: "json", message: "This is not JSON yet" }] : [];
  }
}

export const isComplete = (condition: Condition): boolean => missing(condition).length === 0;

/** Whether a part has a place in the definition yet. */
export const isWritten = (part: Part): boolean => (part.kind === "group" ? part.parts.some(isWritten) : isComplete(part));

/** The value that a text is in JSON; undefined when it is none. */
export function jsonValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function ofStep(step: Step): Missing[] {
  if (step.kind === "event" && step.event === null) return [{ id: step.id, part: "event", message: "Choose an event" }];
  return [...step.where.rows.flatMap(ofWhere), ...ofRange(step.id, step.range)];
}

function ofWhere(row: WherePart): Missing[] {
  if (row.kind === "where") {
    return row.rows.length === 0 ? [{ id: row.id, part: "where", message: "Add a parameter, or remove this" }] : row.rows.flatMap(ofWhere);
  }
  return row.parameter === null
    ? [{ id: row.id, part: "parameter", message: "Choose a parameter" }]
    : ofComparison(row.id, row.comparison);
}

function ofComparison(id: string, comparison: Comparison): Missing[] {
  const entry = operatorNamed(comparison.operator)?.entry;
  const empty =
    entry === "values"
      ? comparison.values.length === 0
      : entry === "value"
        ? comparison.values.length === 0
        : entry === "bounds"
          ? comparison.from === null || comparison.to === null
          : entry === "duration"
            ? comparison.amount === null
            : false;
  const message = entry === "bounds" ? "Fill in both ends" : entry === "duration" ? "Say how long" : "Choose a value";
  return empty ? [{ id, part: "value", message }] : [];
}

function ofAmount(id: string, part: string, amount: Amount): Missing[] {
  const empty =
    amount.operator === "between" ? amount.from === null || amount.to === null : amount.value === null;
  return empty ? [{ id, part, message: part === "times" ? "Fill in a number" : "Fill in a value" }] : [];
}

function ofRange(id: string, range: TimeRange): Missing[] {
  const empty =
    range.operator === "in_last"
      ? range.amount === null && range.calendar !== "this"
      : range.operator === "between"
        ? range.from === null || range.to === null
        : range.operator !== "all_time" && range.value === null;
  return empty ? [{ id, part: "time_range", message: "Fill in the time" }] : [];
}
