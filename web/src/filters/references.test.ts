import { expect, test } from "vitest";
import { referencesOf } from "./references";

test("segments and lists are found at any depth", () => {
  const found = referencesOf({ all: [{ segment: "seg_1" }, { not: { any: [{ list: "lst_1" }, { segment: "seg_2" }] } }, { event: "segment" }] });
  expect([...found.segments]).toEqual(["seg_1", "seg_2"]);
  expect([...found.lists]).toEqual(["lst_1"]);
});
