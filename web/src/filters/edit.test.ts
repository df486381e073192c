import { expect, test } from "vitest";
import { addPart, changePart, joinGroup, movePart, removePart, waysOf } from "./edit";
import type { Filter, Part } from "./model";
import { newEvent, newGroup } from "./model";

const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => ({ ...newEvent(name), id: name })) as [Part, Part, Part, Part];
const inner = { ...newGroup([c, d], "any"), id: "inner" };
const filter: Filter = { ...newGroup([a, inner, b]), id: "outer" };

/** `a (c d) b`: the tree in a line. */
const line = (part: Part): string => (part.kind === "group" ? `(${part.parts.map(line).join(" ")})` : part.id);

test("parts are added to their group, or to the filter", () => {
  const e = { ...newEvent("e"), id: "e" };
  expect(line(addPart(filter, "inner", e))).toBe("(a (c d e) b)");
  expect(line(addPart(filter, undefined, e))).toBe("(a (c d) b e)");
  expect(line(addPart(filter, "nowhere", e))).toBe("(a (c d) b e)");
});

test("a group in which nothing is left goes, the filter itself stays", () => {
  expect(line(removePart(removePart(filter, "c"), "d"))).toBe("(a b)");
  expect(line(["a", "b", "inner"].reduce(removePart, filter))).toBe("()");
});

test("parts are changed and groups joined at any depth", () => {
  expect(changePart(filter, { ...newEvent("x"), id: "d" }).parts[1]).toMatchObject({ parts: [c, { event: "x" }] });
  expect(joinGroup(filter, "inner", { joiner: "all", negated: true }).parts[1]).toMatchObject({ joiner: "all", negated: true });
});

test.each([
  ["a", "outer", 3, "((c d) b a)"],
  ["b", "outer", 0, "(b a (c d))"],
  ["a", "outer", 0, "(a (c d) b)"],
  ["a", "outer", 1, "(a (c d) b)"],
  ["a", "inner", 1, "((c a d) b)"],
  ["c", "outer", 0, "(c a (d) b)"],
  ["d", "inner", 0, "(a (d c) b)"],
  ["inner", "outer", 0, "((c d) a b)"],
  ["inner", "inner", 0, "(a (c d) b)"],
  ["a", "inner", 99, "((c d a) b)"],
  ["nothing", "inner", 0, "(a (c d) b)"],
])("%s moves into %s at %i", (id, groupId, index, expected) => {
  expect(line(movePart(filter, id, groupId, index))).toBe(expected);
});

test("a group that a move empties goes", () => {
  const lone = { ...newGroup([c]), id: "lone" };
  expect(line(movePart({ ...filter, parts: [a, lone] }, "c", "outer", 0))).toBe("(c a)");
});

test.each([
  ["a", ["down (c d) a b", "into (c d a) b"]],
  ["c", ["up a c (d) b", "down a (d c) b", "into a (d) b c"]],
  ["d", ["up a (d c) b", "down a (c) d b", "into a (c) b d"]],
  ["inner", ["up (c d) a b", "down a b (c d)"]],
  ["nothing", []],
])("%s moves without being dragged: %j", (id, expected) => {
  const moved = waysOf(filter, id).map(({ to, groupId, index }) => `${to} ${line(movePart(filter, id, groupId, index)).slice(1, -1)}`);
  expect(moved).toEqual(expected);
});
