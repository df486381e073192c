import { expect, test } from "vitest";
import type { Explanation } from "../api/segmentTypes";
import { becauseWords, joinedBy, partsWords } from "./explanationWords";

const leaf = (path: string, holds: boolean): Explanation => ({ path, words: "w", holds, because: { kind: "list" } });
const node = (path: string, parts: Explanation[]): Explanation => ({ path, words: "w", holds: true, because: { kind: "parts" }, parts });

test("how parts are joined is read from their paths", () => {
  expect(joinedBy(node("", [leaf("all[0]", true)]))).toBe("all");
  expect(joinedBy(node("all[1]", [leaf("all[1].any[0]", true)]))).toBe("any");
  expect(joinedBy(node("all[1]", [leaf("all[1].not", true)]))).toBe("not");
  expect(joinedBy(node("all[1]", [leaf("", true)]))).toBeUndefined();
  expect(partsWords(node("", [leaf("all[0]", true), leaf("all[1]", false)]))).toBe("All of these must hold: 1 of 2 does");
  expect(partsWords(node("", [leaf("any[0]", true), leaf("any[1]", true)]))).toBe("One of these must hold: 2 of 2 do");
});

test("values, absence and steps are said", () => {
  expect(becauseWords({ kind: "value", value: "75" }, true)).toBe("The value is 75.");
  expect(becauseWords({ kind: "value", value: null }, false)).toBe("There is no value.");
  const until = "2026-11-26T07:02:21Z";
  expect(becauseWords({ kind: "events", found: 0, from: null, until, newest: [] }, false)).toMatch(/^Looked for such events before .*2026.*: there are none\.$/);
  expect(becauseWords({ kind: "events", found: 2, from: "2026-11-01T00:00:00Z", until, newest: [] }, true)).toMatch(/^Found 2 such events from .* until /);
  expect(becauseWords({ kind: "steps", found: [1, 0] }, false)).toBe("Step 1: 1 event. Step 2: no event.");
  expect(becauseWords({ kind: "steps", found: [1, 2] }, false)).toContain("not happen in this order");
});
