/** Values between an input, which knows text, and a condition, which knows types. */
import type { Scalar } from "./model";
import { entryType } from "./operators";

/** The value that a text means for a type; undefined when it is not of that type. */
export function fromText(type: string, text: string): Scalar | undefined {
  switch (entryType(type)) {
    case "number": {
      const value = Number(text);
      return text.trim() === "" || !Number.isFinite(value) ? undefined : value;
    }
    case "boolean":
      return text === "true" ? true : text === "false" ? false : undefined;
    case "date":
      return /^\d{4}-\d{2}-\d{2}$/.test(text) ? text : undefined;
    case "array":
      return fromText(type.replace(/^array of /, ""), text);
    default:
      return text === "" ? undefined : text;
  }
}
