import { expect, test } from "vitest";
import type { Explanation } from "../api/segmentTypes";
import { becauseWords, joinedBy, nodeAt, partsWords } from "./explanationWords";

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
  expect(becauseWords({ kind: "steps", found: [1, 0], chain: [] }, false)).toBe("Step 1: 1 event. Step 2: no event.");
  expect(becauseWords({ kind: "steps", found: [1, 2], chain: [] }, false)).toContain("not happen in this order");
});

const happened = (timestamp: string) => ({ timestamp, position: Date.parse(timestamp), params: [] });
const first = happened("2026-09-01T12:00:00Z");
const second = happened("2026-09-03T12:00:00Z");

test("a node of a definition is found by its path", () => {
  const definition = { all: [{ event: "a" }, { not: { any: [{ event: "b" }] } }] };
  expect(nodeAt(definition, "")).toBe(definition);
  expect(nodeAt(definition, "all[1].not.any[0]")).toEqual({ event: "b" });
  expect(nodeAt(definition, "all[7].not")).toBeUndefined();
  expect(nodeAt(undefined, "all[0]")).toBeUndefined();
});

test.each([
  ["sum", "100.5", "Together 100.5."],
  ["average", "33.5", "Their amount is 33.5 on average."],
  ["minimum", "5", "Their lowest amount is 5."],
  ["maximum", "5", "Their highest amount is 5."],
  ["distinct_count", "3", "Their amount has 3 different values."],
  ["first", "5", "The first amount is 5."],
  ["last", undefined, "None of them has a value of amount."],
])("what the %s of events is, is said", (name, aggregate, words) => {
  const because = { kind: "events" as const, found: 3, from: null, until: "2026-11-26T07:02:21Z", newest: [], aggregate };
  expect(becauseWords(because, true, { event: "purchase", aggregate: { function: name, parameter: "amount" } })).toMatch(new RegExp(`\\. ${words}$`));
});

test("events that follow one another are said in their order", () => {
  expect(becauseWords({ kind: "steps", found: [1, 4], chain: [first, second] }, true)).toMatch(
    /^Step 1: 1 event\. Step 2: 4 events\. One after the other: 1 Sept 2026.*; then 3 Sept 2026.*\.$/,
  );
});

test("when a journey was entered and left is said", () => {
  const said = (entries: (typeof first)[], exits: (typeof first)[]) => becauseWords({ kind: "journey", state: "active", entries, exits }, true);
  expect(said([], [])).toBe("Is in the journey now.");
  expect(said([first], [])).toMatch(/now\. Entered 1 Sept 2026, \d\d:00\.$/);
  expect(said([first], [second])).toMatch(/ Entered 1 Sept 2026, .*; left 3 Sept 2026, .*\.$/);
  expect(said([second, first], [second])).toMatch(/ Last entered 3 Sept 2026, .*; last left 3 Sept 2026, .*\.$/);
});
