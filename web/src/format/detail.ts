/** What the audit tells of a deed beyond who did it, in words. */
import { formatName, kindName } from "./names";
import { bytes, plural } from "./number";
import { policyWords } from "./policy";
import { local } from "./time";

/** How a member is said; one that is not here is said as it is. Nothing is said of what stands elsewhere in the row. */
const SAID: Record<string, (value: unknown) => string | undefined> = {
  kind: (value) => kindName(String(value)),
  format: (value) => formatName(String(value)),
  filter: String,
  rows: (value) => plural(Number(value), "row", "rows"),
  email: (value) => `letter to ${String(value)}`,
  to: (value) => `to ${String(value)}`,
  attempts: (value) => plural(Number(value), "attempt", "attempts"),
  file: String,
  files: (value) => plural(Number(value), "file", "files"),
  bytes: (value) => bytes(Number(value)),
  expires_at: (value) => `works until ${local(String(value))}`,
  policy: (value) => (typeof value === "object" && value !== null ? policyWords(value as Parameters<typeof policyWords>[0]).join("; ") : "without a policy"),
  destination: () => undefined,
  name: () => undefined,
  revision: () => undefined,
};

/** The members of a detail, in words. */
export function detailWords(detail: Record<string, unknown>): string {
  const said = Object.entries(detail).map(([name, value]) => {
    const words = SAID[name];
    return words ? words(value) : `${name.replaceAll("_", " ")}: ${typeof value === "string" ? value : JSON.stringify(value)}`;
  });
  return said.filter(Boolean).join(" · ");
}
