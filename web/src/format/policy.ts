/** What a key gets to see, in words. */
import { attributeName } from "./names";
import { count, plural } from "./number";

/** A rule of a policy as the service tells it. */
export interface ToldRule {
  column: string;
  do: string;
  keep_last?: number | null;
  to?: string | number | null;
  of?: number | null;
}

/** A policy as the service tells it. */
export interface ToldPolicy {
  rules: ToldRule[];
  otherwise?: string | null;
  minimum_group?: number | null;
}

/** One thing that is done: what comes of columns, and what a rule says beyond that. */
interface Line {
  treatment: string;
  words: string;
  more?: (rule: ToldRule) => string;
}

/** In the order in which it is told. */
const LINES: readonly Line[] = [
  { treatment: "drop", words: "Left out" },
  { treatment: "hash", words: "Hashed" },
  { treatment: "mask", words: "Masked", more: ({ keep_last: kept }) => (kept ? `but the last ${count(kept)}` : "") },
  { treatment: "coarsen", words: "Coarsened", more: ({ to }) => (typeof to === "number" ? `in steps of ${count(to)}` : `to the ${to ?? ""}`) },
  { treatment: "group", words: "Empty where rare", more: ({ of }) => `fewer than ${plural(of ?? 0, "person", "people")}` },
];

/** A column's name for people. */
export const columnName = (column: string): string => (column.startsWith("*.") ? `${column.slice(2)} of every event` : attributeName(column));

/** What a key gets to see, a line for each thing that is done. */
export function policyWords(policy: ToldPolicy | null | undefined): string[] {
  if (!policy) return ["Everything: it has no policy"];
  const { rules, otherwise, minimum_group: minimum } = policy;
  const others = new Set(rules.map((rule) => rule.do).filter((name) => !LINES.some(({ treatment }) => treatment === name)));
  const every: Line[] = [...LINES, ...[...others].map((treatment) => ({ treatment, words: treatment }))];
  const lines = every.flatMap(({ treatment, words, more }) => {
    const columns = rules.filter((rule) => rule.do === treatment).map((rule) => withMore(columnName(rule.column), more?.(rule)));
    return columns.length === 0 ? [] : [`${words}: ${columns.join(", ")}`];
  });
  const rest = lines.length === 0 ? "Every column" : "Everything else";
  return [
    ...lines,
    `${rest} ${otherwise === "drop" ? "left out" : "as it is"}`,
    ...(minimum ? [`Nothing of fewer than ${plural(minimum, "person", "people")}`] : []),
  ];
}

const withMore = (name: string, more: string | undefined): string => (more ? `${name} (${more})` : name);
