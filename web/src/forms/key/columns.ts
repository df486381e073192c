/** The columns that a rule can name. */
import type { Dictionary } from "../../api/types";
import { attributeName, eventName } from "../../format/names";
import type { Option } from "../../ui/Option";

/** A column and the type of its values; identifiers are texts. */
export interface RuleColumn extends Option {
  type: string;
}

/** Identifiers, attributes, parameters of one event, and parameters of all events that have them; each name once. */
export function ruleColumns({ identifiers, attributes, events }: Dictionary): RuleColumn[] {
  const everywhere = new Map<string, string>();
  for (const { parameters } of events) for (const { name, type } of parameters) everywhere.set(name, type);
  const columns = [
    ...identifiers.map((name) => column(name, "string", attributeName(name) === name ? "identifier" : `${attributeName(name)} · identifier`)),
    ...attributes.map(({ name, type }) => column(name, type, `attribute · ${type}`)),
    ...events.flatMap((event) => event.parameters.map(({ name, type }) => column(`${event.name}.${name}`, type, `of ${eventName(event.name)} · ${type}`))),
    ...[...everywhere].map(([name, type]) => column(`*.${name}`, type, `of every event · ${type}`)),
  ];
  return [...new Map(columns.map((one) => [one.value, one])).values()];
}

const column = (value: string, type: string, meaning: string): RuleColumn => ({ value, label: value, meaning, type });
