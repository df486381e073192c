import { expect, test } from "vitest";
import { profilesSearch, signInSearch } from "./search";

test("what does not belong in an address is ignored", () => {
  expect(profilesSearch({ q: 42, by: "shoe_size", filter: "x", after: [1, "c"], other: 1 })).toEqual({
    q: "42",
    by: undefined,
    filter: undefined,
    as_of: undefined,
    segment: undefined,
    version: undefined,
    after: ["c"],
    columns: undefined,
  });
});

test("signing in leads back only inside the app", () => {
  expect(signInSearch({ back: "/exports?job=1" }).back).toBe("/exports?job=1");
  for (const back of ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example"]) {
    expect(signInSearch({ back }).back).toBeUndefined();
  }
});
