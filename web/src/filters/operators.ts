/** The operators of the segment language, in the words of the page. */

/** What a person enters for an operator. */
export type Entry = "values" | "value" | "bounds" | "duration" | "nothing";

export interface Operator {
  name: string;
  /** Its negative twin in the language; without one the condition is wrapped in `not`. */
  twin?: string;
  is: string;
  isNot: string;
  entry: Entry;
}

const operator = (name: string, is: string, isNot: string, entry: Entry, twin?: string): Operator => ({
  name,
  is,
  isNot,
  entry,
  twin,
});

/** Every positive operator that the page can show. `in` also stands for `equals`, which has one value. */
export const OPERATORS: readonly Operator[] = [
  operator("in", "is", "is not", "values", "not_in"),
  operator("contains", "contains", "does not contain", "value", "not_contains"),
  operator("starts_with", "starts with", "does not start with", "value"),
  operator("ends_with", "ends with", "does not end with", "value"),
  operator("at_least", "is at least", "is not at least", "value"),
  operator("at_most", "is at most", "is not at most", "value"),
  operator("greater_than", "is greater than", "is not greater than", "value"),
  operator("less_than", "is less than", "is not less than", "value"),
  operator("between", "is between", "is not between", "bounds"),
  operator("before", "is before", "is not before", "value"),
  operator("after", "is on or after", "is not on or after", "value"),
  operator("in_last", "is in the last", "is not in the last", "duration"),
  operator("in_next", "is in the next", "is not in the next", "duration"),
  operator("anniversary_in_next", "has its anniversary in the next", "has no anniversary in the next", "duration"),
  operator("contains_any", "contains any of", "contains none of", "values"),
  operator("contains_all", "contains all of", "does not contain all of", "values"),
  operator("exists", "has a value", "has no value", "nothing", "not_exists"),
];

const BY_NAME = new Map(OPERATORS.map((known) => [known.name, known]));
const BY_TWIN = new Map(OPERATORS.flatMap((known) => (known.twin ? [[known.twin, known] as const] : [])));

/** The operator of a positive name. */
export const operatorNamed = (name: string): Operator | undefined => BY_NAME.get(name);

/** The operator whose negative twin has that name. */
export const operatorOfTwin = (name: string): Operator | undefined => BY_TWIN.get(name);

const OFFERED: Record<string, readonly string[]> = {
  string: ["in", "contains", "starts_with", "ends_with", "exists"],
  number: ["in", "at_least", "at_most", "greater_than", "less_than", "between", "exists"],
  boolean: ["in", "exists"],
  date: ["in", "before", "after", "between", "in_last", "in_next", "anniversary_in_next", "exists"],
  datetime: ["before", "after", "between", "in_last", "in_next", "anniversary_in_next", "exists"],
  array: ["contains", "contains_any", "contains_all", "exists"],
};

/** The type that decides which operators are offered and how values are entered. */
export function entryType(type: string): "string" | "number" | "boolean" | "date" | "datetime" | "array" {
  if (type.startsWith("array")) return "array";
  if (type === "integer") return "number";
  return type === "number" || type === "boolean" || type === "date" || type === "datetime" ? type : "string";
}

/** The operators that make sense for a type. */
export function operatorsFor(type: string): Operator[] {
  const names = OFFERED[entryType(type)] ?? [];
  return names.flatMap((name) => BY_NAME.get(name) ?? []);
}

/** Whether upper and lower case may be told apart for this operator and type. */
export function takesCase(name: string, type: string): boolean {
  return entryType(type) === "string" && ["in", "contains", "starts_with", "ends_with"].includes(name);
}
