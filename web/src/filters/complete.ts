/** What is still missing before a condition says something. */
import { operatorNamed } from "./operators";
import type { Amount, Comparison, Condition, TimeRange } from "./model";

/** A missing entry: where it belongs (see `Fault.part` in `write.ts`) and what to do. */
export interface Missing {
  id: string;
  part: string;
  message: string;
}

/** What is missing in one condition; empty when it is whole. */
export function missing(condition: Condition): Missing[] {
  const { id } = condition;
  switch (condition.kind) {
    case "attribute":
      if (!condition.attribute) return [{ id, part: "attribute", message: "Choose an attribute" }];
      return ofComparison(id, condition.comparison);
    case "event": {
      if (!condition.event) return [{ id, part: "event", message: "Choose an event" }];
      const { aggregate } = condition;
      return [
        ...condition.where.flatMap((row) =>
          row.parameter
            ? ofComparison(row.id, row.comparison)
            : [{ id: row.id, part: "parameter", message: "Choose a parameter" }],
        ),
        ...ofAmount(id, "times", condition.times),
        ...ofRange(id, condition.range),
        ...(aggregate && !aggregate.parameter
          ? [{ id, part: "aggregate", message: "Choose a parameter" }]
          : aggregate
            ? ofAmount(id, "aggregate", aggregate.amount)
            : []),
      ];
    }
    case "interaction":
      return [...ofAmount(id, "times", condition.times), ...ofRange(id, condition.range)];
  }
}

export const isComplete = (condition: Condition): boolean => missing(condition).length === 0;

function ofComparison(id: string, comparison: Comparison): Missing[] {
  const entry = operatorNamed(comparison.operator)?.entry;
  const empty =
    entry === "values"
      ? comparison.values.length === 0
      : entry === "value"
        ? comparison.values.length === 0 || comparison.values[0] === ""
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
  return empty ? [{ id, part, message: "Fill in a number" }] : [];
}

function ofRange(id: string, range: TimeRange): Missing[] {
  const empty =
    range.operator === "in_last"
      ? range.amount === null
      : range.operator === "between"
        ? !range.from || !range.to
        : range.operator !== "all_time" && !range.value;
  return empty ? [{ id, part: "time_range", message: "Fill in the time" }] : [];
}
