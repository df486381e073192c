/** Why a node of a definition holds of a person or does not, in words. */
import type { Because, ExplainedEvent, Explanation } from "../api/segmentTypes";
import type { Definition } from "../api/types";
import { plural } from "../format/number";
import { local } from "../format/time";

const STATES: Record<string, string> = {
  active: "Is in the journey now.",
  completed: "Completed the journey.",
  exited: "Left the journey before its end.",
  never_entered: "Never entered the journey.",
};

/** How the parts of a node are joined, as their paths say. */
export function joinedBy({ path, parts }: Explanation): "all" | "any" | "not" | undefined {
  const inside = parts?.[0]?.path.slice(path.length).replace(/^\./, "");
  const word = inside === undefined ? undefined : /^(all|any|not)/.exec(inside)?.[1];
  return word === "all" || word === "any" || word === "not" ? word : undefined;
}

/** The words of a node that is made of others: what they have to do, and how many of them do it. */
export function partsWords(of: Explanation): string {
  const parts = of.parts ?? [];
  const holding = parts.filter(({ holds }) => holds).length;
  const so = parts.length < 2 ? "" : `: ${holding} of ${parts.length} ${holding === 1 ? "does" : "do"}`;
  switch (joinedBy(of)) {
    case "all":
      return parts.length < 2 ? "This must hold" : `All of these must hold${so}`;
    case "any":
      return parts.length < 2 ? "This must hold" : `One of these must hold${so}`;
    case "not":
      return "This must not hold";
    default:
      return of.words || "Everyone";
  }
}

/** The node of a definition at a path such as `all[0].not`. */
export const nodeAt = (definition: Definition | undefined, path: string): unknown =>
  (path.match(/\w+/g) ?? []).reduce<unknown>((node, step) => (node as Record<string, unknown> | undefined)?.[step], definition);

/** What decided, in sentences; `node` is the node that is explained, as far as it is known. */
export function becauseWords(because: Because, holds: boolean, node?: unknown): string | undefined {
  switch (because.kind) {
    case "value":
      return because.value === null ? "There is no value." : `The value is ${because.value === "" ? "“”" : because.value}.`;
    case "events":
      return because.found === 0
        ? `Looked for such events ${rangeWords(because.from, because.until)}: there are none.`
        : `Found ${plural(because.found, "such event", "such events")} ${rangeWords(because.from, because.until)}.${aggregateWords(because.aggregate, node)}`;
    case "steps":
      return `${because.found.map((found, index) => `Step ${index + 1}: ${found === 0 ? "no event" : plural(found, "event", "events")}`).join(". ")}.${
        because.chain.length > 1
          ? ` One after the other: ${because.chain.map(({ timestamp }) => local(timestamp)).join("; then ")}.`
          : !holds && because.found.every((found) => found > 0)
            ? " They did not happen in this order in time."
            : ""
      }`;
    case "journey":
      return `${STATES[because.state] ?? `The state is ${because.state}.`}${passageWords(because.entries, because.exits)}`;
    case "segment":
      return holds ? "Is in the segment." : "Is not in the segment.";
    case "list":
      return holds ? "Is on the list." : "Is not on the list.";
    case "parts":
      return undefined;
  }
}

const rangeWords = (from: string | null, until: string): string =>
  from === null ? `before ${local(until)}` : `from ${local(from)} until ${local(until)}`;

/** What the sum, average, … of the events that were found is. */
function aggregateWords(value: string | undefined, node: unknown): string {
  const asked = (node as { aggregate?: { function: string; parameter: string } } | undefined)?.aggregate;
  if (value === undefined) return asked ? ` None of them has a value of ${asked.parameter}.` : "";
  switch (asked?.function) {
    case "average":
      return ` Their ${asked.parameter} is ${value} on average.`;
    case "minimum":
      return ` Their lowest ${asked.parameter} is ${value}.`;
    case "maximum":
      return ` Their highest ${asked.parameter} is ${value}.`;
    case "distinct_count":
      return ` Their ${asked.parameter} has ${value === "1" ? "1 value" : `${value} different values`}.`;
    case "first":
    case "last":
      return ` The ${asked.function} ${asked.parameter} is ${value}.`;
    default:
      return ` Together ${value}.`;
  }
}

/** When a journey was entered and left; the newest comes first in both. */
function passageWords(entries: ExplainedEvent[], exits: ExplainedEvent[]): string {
  const last = entries.length > 1 || exits.length > 1 ? "last " : "";
  const said = [
    ...entries.slice(0, 1).map(({ timestamp }) => `${last}entered ${local(timestamp)}`),
    ...exits.slice(0, 1).map(({ timestamp }) => `${last}left ${local(timestamp)}`),
  ].join("; ");
  return said && ` ${said.charAt(0).toUpperCase()}${said.slice(1)}.`;
}
