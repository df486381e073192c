import { describe, expect, test } from "vitest";
import type { ApiKey, Policy } from "../../api/keys";
import { coarseOf, KEY, missing, newDraft, newRule, ofKey, writeKey } from "./draft";

const key = (policy?: Policy): ApiKey => ({
  id: "key_1",
  name: "Partner",
  hint: "wfk_ab12",
  ...(policy && { policy }),
  disabled: false,
  revision: 3,
  created_at: "2026-09-01T00:00:00Z",
  created_by: "test",
});

/** Policies that come back as they were. */
const SAME: Policy[] = [
  { rules: [], otherwise: "keep" },
  { rules: [], otherwise: "drop", minimum_group: 20 },
  {
    rules: [
      { column: "email", do: "hash" },
      { column: "phone_number", do: "mask", keep_last: 2 },
      { column: "device_id", do: "mask" },
      { column: "birthday", do: "coarsen", to: "month" },
      { column: "postcode", do: "coarsen", to: "district" },
      { column: "age", do: "coarsen", to: 10 },
      { column: "purchase.amount", do: "drop" },
      { column: "*.ip", do: "drop" },
      { column: "city", do: "group", of: 20 },
    ],
    otherwise: "keep",
  },
];

describe("a policy read and written again is the same", () => {
  test.each(SAME)("%j", (policy) => {
    const draft = ofKey(key(policy));
    expect(writeKey(draft).body).toEqual({ name: "Partner", policy });
    expect(missing(draft)).toEqual([]);
  });

  test("a key without one has none, and what is typed waits", () => {
    const draft = ofKey(key());
    expect(writeKey(draft).body).toEqual({ name: "Partner" });
    expect(writeKey({ ...draft, rules: [{ ...newRule(), column: "email" }], limited: true }).body.policy?.rules).toEqual([{ column: "email", do: "drop" }]);
  });
});

test("another treatment writes its own option alone", () => {
  const rule = { ...newRule(), column: " age ", keepLast: 2, to: "step" as const, step: 5, of: 9 };
  const written = (["drop", "mask", "hash", "coarsen", "group"] as const).map(
    (treatment) => writeKey({ ...newDraft(), rules: [{ ...rule, treatment }] }).body.policy?.rules[0],
  );
  expect(written).toEqual([
    { column: "age", do: "drop" },
    { column: "age", do: "mask", keep_last: 2 },
    { column: "age", do: "hash" },
    { column: "age", do: "coarsen", to: 5 },
    { column: "age", do: "group", of: 9 },
  ]);
});

test("what is not whole is missing in its place, and left out of the body", () => {
  const unnamed = newRule();
  const steps = { ...newRule(), column: "age", treatment: "coarsen" as const, to: "step" as const };
  const group = { ...newRule(), column: "city", treatment: "group" as const };
  const twice = { ...newRule(), column: "age " };
  const draft = { ...newDraft(), rules: [unnamed, steps, group, twice] };
  expect(missing(draft).map(({ id, part }) => [id, part])).toEqual([
    [KEY, "name"],
    [unnamed.id, "column"],
    [steps.id, "to"],
    [group.id, "of"],
    [twice.id, "column"],
  ]);
  expect(writeKey(draft).body.policy?.rules).toEqual([{ column: "age", do: "drop" }]);
  expect(missing({ ...draft, name: "x", limited: false })).toEqual([]);
});

test("a refusal is shown at its field, counted in what was written", () => {
  const email = { ...newRule(), column: "email", treatment: "hash" as const };
  const { fieldAt } = writeKey({ ...newDraft(), rules: [newRule(), email] });
  expect(fieldAt("policy.rules[0].to")).toEqual({ id: email.id, part: "to" });
  expect(fieldAt("policy.rules[0]")).toEqual({ id: email.id, part: "" });
  expect(fieldAt("policy.rules[7].to")).toEqual({ id: KEY, part: "rules" });
  expect(fieldAt("policy.rules")).toEqual({ id: KEY, part: "rules" });
  expect(fieldAt("policy.minimum_group")).toEqual({ id: KEY, part: "minimum_group" });
  expect(fieldAt("name")).toEqual({ id: KEY, part: "name" });
  expect(fieldAt("")).toEqual({ id: KEY, part: "" });
});

test("what a column is made coarse to goes by its type", () => {
  expect(["date", "datetime", "number", "string", undefined].map(coarseOf)).toEqual(["month", "month", "step", "district", "month"]);
});
