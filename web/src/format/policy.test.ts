import { expect, test } from "vitest";
import { policyWords } from "./policy";

test("a policy in words, a line for each thing that is done", () => {
  const rules = [
    { column: "email", do: "hash" },
    { column: "phone_number", do: "mask", keep_last: 2 },
    { column: "device_id", do: "mask" },
    { column: "birthday", do: "coarsen", to: "month" },
    { column: "postcode", do: "coarsen", to: "district" },
    { column: "income", do: "coarsen", to: 10_000 },
    { column: "purchase.amount", do: "drop" },
    { column: "*.ip", do: "drop" },
    { column: "city", do: "group", of: 20 },
  ];
  expect(policyWords({ rules, otherwise: "keep", minimum_group: 1000 })).toEqual([
    "Left out: purchase.amount, ip of every event",
    "Hashed: E-mail",
    "Masked: Phone (but the last 2), device_id",
    "Coarsened: birthday (to the month), postcode (to the district), income (in steps of 10,000)",
    "Empty where rare: city (fewer than 20 people)",
    "Everything else as it is",
    "Nothing of fewer than 1,000 people",
  ]);
});

test("what is not said is what the service does then", () => {
  expect(policyWords(undefined)).toEqual(["Everything: it has no policy"]);
  expect(policyWords({ rules: [] })).toEqual(["Every column as it is"]);
  expect(policyWords({ rules: [], otherwise: "drop", minimum_group: 1 })).toEqual(["Every column left out", "Nothing of fewer than 1 person"]);
  expect(policyWords({ rules: [{ column: "email", do: "hash" }], otherwise: "drop" })).toEqual(["Hashed: E-mail", "Everything else left out"]);
});

test("a treatment that is not known here is told by its own name", () => {
  expect(policyWords({ rules: [{ column: "a", do: "shuffle" }, { column: "b", do: "shuffle" }] })[0]).toBe("shuffle: a, b");
});
