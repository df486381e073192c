/** The form of an API key, and its way to and from the body of the API. */
import type { ApiKey, NewApiKey, Policy, PolicyRule, Treatment } from "../../api/keys";
import type { Missing } from "../../filters/complete";
import { newId } from "../../filters/model";

/** The id under which what belongs to the key itself stands among the faults; the part is the member's name. */
export const KEY = "key";

/** What values are made coarse to: a part of the calendar, the district of a postcode, or steps of a number. */
export const COARSE = ["year", "quarter", "month", "week", "day", "hour", "district", "step"] as const;
export type Coarse = (typeof COARSE)[number];

/** A rule; all ways keep what was entered while another one is looked at. */
export interface RuleDraft {
  id: string;
  column: string;
  treatment: Treatment;
  /** Of `mask`: none is not a single character. */
  keepLast: number | null;
  /** Of `coarsen`. */
  to: Coarse;
  step: number | null;
  /** Of `group`. */
  of: number | null;
}

export interface KeyDraft {
  name: string;
  disabled: boolean;
  /** Whether it has a policy; what is in there stays while it has none. */
  limited: boolean;
  rules: RuleDraft[];
  otherwise: "keep" | "drop";
  minimumGroup: number | null;
}

export const newRule = (): RuleDraft => ({ id: newId(), column: "", treatment: "drop", keepLast: null, to: "month", step: null, of: null });

export const newDraft = (): KeyDraft => ({ name: "", disabled: false, limited: true, rules: [newRule()], otherwise: "keep", minimumGroup: null });

/** What a column of a type is made coarse to, unless somebody says otherwise. */
export function coarseOf(type: string | undefined): Coarse {
  if (type === "number" || type === "integer") return "step";
  return type === "string" ? "district" : "month";
}

/** The form of a key that is there. */
export function ofKey({ name, disabled, policy }: Pick<ApiKey, "name" | "disabled" | "policy">): KeyDraft {
  const draft = { ...newDraft(), name, disabled };
  if (!policy) return { ...draft, limited: false };
  return { ...draft, rules: policy.rules.map(ofRule), otherwise: policy.otherwise ?? "keep", minimumGroup: policy.minimum_group ?? null };
}

function ofRule({ column, do: treatment, keep_last: keepLast, to, of }: PolicyRule): RuleDraft {
  const coarse = typeof to === "number" ? { to: "step" as const, step: to } : to ? { to } : {};
  return { ...newRule(), column, treatment, keepLast: keepLast ?? null, of: of ?? null, ...coarse };
}

export interface WrittenKey {
  body: NewApiKey;
  fieldAt: (path: string) => Pick<Missing, "id" | "part">;
}

/** The body of a form, and the field that a path in it belongs to. What is not yet whole is left out. */
export function writeKey(draft: KeyDraft): WrittenKey {
  const rules = draft.rules.filter((rule) => missingInRule(rule).length === 0);
  const policy: Policy = {
    rules: rules.map(writeRule),
    otherwise: draft.otherwise,
    ...(draft.minimumGroup !== null && { minimum_group: draft.minimumGroup }),
  };
  return {
    body: { name: draft.name.trim(), ...(draft.limited && { policy }) },
    fieldAt: (path) => {
      const [, index, member] = /^policy\.rules\[(\d+)\](?:\.([a-z_]+))?/.exec(path) ?? [];
      const rule = index === undefined ? undefined : rules[Number(index)];
      return rule ? { id: rule.id, part: member ?? "" } : { id: KEY, part: /[a-z_]*/.exec(path.replace(/^policy\./, ""))?.[0] ?? "" };
    },
  };
}

function writeRule({ column, treatment, keepLast, to, step, of }: RuleDraft): PolicyRule {
  const rule = { column: column.trim(), do: treatment };
  switch (treatment) {
    case "mask":
      return keepLast === null ? rule : { ...rule, keep_last: keepLast };
    case "coarsen":
      return { ...rule, to: to === "step" ? (step ?? undefined) : to };
    case "group":
      return { ...rule, of: of ?? undefined };
    case "drop":
    case "hash":
      return rule;
  }
}

/** Everything that is missing, in the order of the form. */
export function missing(draft: KeyDraft): Missing[] {
  const named = draft.name.trim() !== "";
  return [
    ...(named ? [] : [{ id: KEY, part: "name", message: "Give it a name that says whose it is" }]),
    ...(draft.limited ? draft.rules.flatMap((rule) => [...missingInRule(rule), ...again(rule, draft.rules)]) : []),
  ];
}

function missingInRule({ id, column, treatment, to, step, of }: RuleDraft): Missing[] {
  const need = (there: boolean, part: string, message: string): Missing[] => (there ? [] : [{ id, part, message }]);
  return [
    ...need(column.trim() !== "", "column", "Name a column"),
    ...need(treatment !== "coarsen" || to !== "step" || step !== null, "to", "Say how large a step is"),
    ...need(treatment !== "group" || of !== null, "of", "Say how many people"),
  ];
}

/** The later one of two rules for a column. */
function again(rule: RuleDraft, rules: RuleDraft[]): Missing[] {
  const column = rule.column.trim();
  const first = rules.find((known) => known.column.trim() === column);
  return column === "" || first === rule ? [] : [{ id: rule.id, part: "column", message: "Another rule names this column" }];
}
