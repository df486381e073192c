/**
 * Shapes of the service that its OpenAPI document does not have yet. To be replaced by generated ones in `types.ts`
 * as soon as it does; nothing else may be written by hand.
 */
import type { Definition, SegmentCount } from "./types";

/** One node of a definition with how many it means alone. */
export interface ConditionCount {
  /** Where the node stands; empty at the root. */
  path: string;
  count: number;
}

/** A count that was asked for with `"conditions": true`. */
export type DetailedCount = SegmentCount & { conditions?: ConditionCount[] };

/** What a breakdown goes by. */
export type BreakdownBy = { attribute: string } | { event: string; parameter: string };

export interface BreakdownRequest {
  definition: Definition;
  as_of?: string;
  timezone?: string;
  by: BreakdownBy;
  limit?: number;
}

export interface Breakdown {
  /** The most frequent values first. */
  values: { value: unknown; count: number }[];
  /** Members without a value. */
  missing: number;
  /** Members whose value is not among those shown. */
  other: number;
  distinct: number;
  count: number;
  population: number;
  position: number;
  as_of: string;
}

/** What the stream of changes says after data changed. */
export interface CountsChange {
  position: number;
  as_of: string;
  counts: { id: string; version: number; count: number; population: number }[];
}

/** Why one node holds or does not; what `ExplainAnswer.explanation` is. */
export interface Explanation {
  path: string;
  words: string;
  holds: boolean;
  because: Because;
  parts?: Explanation[];
}

export type Because =
  | { kind: "parts" }
  | { kind: "value"; value: string | null }
  | { kind: "events"; found: number; from: string | null; until: string; newest: ExplainedEvent[] }
  | { kind: "steps"; found: number[] }
  | { kind: "journey"; state: string }
  | { kind: "segment" }
  | { kind: "list" };

export interface ExplainedEvent {
  timestamp: string;
  position: number;
  params: [name: string, value: string][];
}
