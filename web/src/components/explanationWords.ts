/** Why a node of a definition holds of a person or does not, in words. */
import type { Because, Explanation } from "../api/segmentTypes";
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

/** What decided, in a sentence. */
export function becauseWords(because: Because, holds: boolean): string | undefined {
  switch (because.kind) {
    case "value":
      return because.value === null ? "There is no value." : `The value is ${because.value === "" ? "“”" : because.value}.`;
    case "events":
      return because.found === 0
        ? `Looked for such events ${rangeWords(because.from, because.until)}: there are none.`
        : `Found ${plural(because.found, "such event", "such events")} ${rangeWords(because.from, because.until)}.`;
    case "steps":
      return `${because.found.map((found, index) => `Step ${index + 1}: ${found === 0 ? "no event" : plural(found, "event", "events")}`).join(". ")}.${
        !holds && because.found.every((found) => found > 0) ? " They did not happen in this order in time." : ""
      }`;
    case "journey":
      return STATES[because.state] ?? `The state is ${because.state}.`;
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
