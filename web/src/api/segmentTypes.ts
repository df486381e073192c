/** The explanation tree, which the OpenAPI document of the service leaves open; nothing else may be written by hand. */
import type { ExplainAnswer } from "./types";

/** Why a person is, or is not, among those meant. */
export type Explained = ExplainAnswer & { explanation: Explanation };

/** Why one node holds or does not. */
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
  /** `aggregate` is what the sum, average, … of all events is, where one is asked for and any event has a value. */
  | { kind: "events"; found: number; from: string | null; until: string; newest: ExplainedEvent[]; aggregate?: string }
  /** `chain` has one event for each step, in their order, or nothing. */
  | { kind: "steps"; found: number[]; chain: ExplainedEvent[] }
  /** Entries and exits, the newest first. */
  | { kind: "journey"; state: string; entries: ExplainedEvent[]; exits: ExplainedEvent[] }
  | { kind: "segment" }
  | { kind: "list" };

export interface ExplainedEvent {
  timestamp: string;
  position: number;
  params: [name: string, value: string][];
}
