import { describe, expect, test } from "vitest";
import { isComplete, missing } from "./complete";
import { emptyFilter, newAttribute, newEvent, newGroup, newInteraction, newParameter } from "./model";
import type { Filter } from "./model";
import { fromDefinition } from "./read";
import { faultAt, toDefinition, write } from "./write";

const sentButNeverOpened: Filter = {
  joiner: "all",
  groups: [
    newGroup([
      { ...newInteraction(), channels: ["EM"], action: "SEND", journeyId: 1007 },
      { ...newInteraction(), channels: ["EM"], action: "VIEW", journeyId: 1007, negated: true },
    ]),
  ],
};

describe("write", () => {
  test("an empty filter is everyone", () => {
    expect(toDefinition(emptyFilter())).toEqual({ all: [] });
    expect(write(emptyFilter()).definition).toBeUndefined();
  });

  test("the e-mail of journey 1007 sent but never opened", () => {
    const email = { product: "architect", channel: "EM", journey_id: 1007 };
    expect(toDefinition(sentButNeverOpened)).toEqual({
      all: [
        { channel_interaction: { ...email, action: "SEND" } },
        { not: { channel_interaction: { ...email, action: "VIEW" } } },
      ],
    });
    expect(write(sentButNeverOpened).filters).toBe(2);
  });

  test("what is not whole is left out", () => {
    const filter: Filter = { joiner: "all", groups: [newGroup([newAttribute()]), newGroup()] };
    expect(write(filter)).toEqual({ definition: undefined, filters: 0, places: [] });
  });

  test("one value equals, several are in, a negation uses the twin where there is one", () => {
    const gender = { ...newAttribute(), attribute: "gender" };
    const of = (comparison: Partial<typeof gender.comparison>) =>
      toDefinition({
        joiner: "all",
        groups: [newGroup([{ ...gender, comparison: { ...gender.comparison, ...comparison } }])],
      }).all;
    expect(of({ values: ["F"] })).toEqual([{ attribute: "gender", operator: "equals", value: "F" }]);
    expect(of({ values: ["F", "O"], negated: true })).toEqual([
      { attribute: "gender", operator: "not_in", values: ["F", "O"] },
    ]);
    expect(of({ operator: "starts_with", values: ["F"], negated: true })).toEqual([
      { not: { attribute: "gender", operator: "starts_with", value: "F" } },
    ]);
  });
});

describe("read", () => {
  const email = { product: "architect", channel: "EM", journey_id: 1007 };
  test.each([
    { all: [] },
    { any: [{ attribute: "country", operator: "in", values: ["TR", "DE"] }, { event: "purchase" }] },
    { all: [{ attribute: "age", operator: "between", from: 20, to: 30 }] },
    { all: [{ attribute: "name", operator: "contains", value: "ö", case_insensitive: true }] },
    { all: [{ not: { attribute: "member_since", operator: "in_last", value: 7, unit: "day" } }] },
    { all: [{ attribute: "gender", operator: "not_exists" }] },
    { all: [{ channel_interaction: { ...email, action: "SEND" } }, { not: { channel_interaction: { ...email, action: 4 } } }] },
    {
      all: [
        {
          channel_interaction: { product: "architect", action: "VIEW", journey_id: 1004 },
          where: { parameter: "channel_code", operator: "in", values: ["EM", "APP"] },
          times: { operator: "at_least", value: 2 },
        },
      ],
    },
    {
      any: [
        {
          all: [
            {
              event: "purchase",
              where: { all: [{ parameter: "amount", operator: "at_least", value: 5 }, { not: { parameter: "amount", operator: "at_most", value: 9 } }] },
              times: { operator: "between", from: 1, to: 3 },
              time_range: { operator: "between", from: "2026-09-01T00:00:00Z", to: "2026-09-02T00:00:00Z" },
              aggregate: { function: "sum", parameter: "amount", operator: "at_least", value: 100 },
            },
          ],
        },
        { any: [{ not: { event: "journey_exit", time_range: { operator: "in_last", value: 30, unit: "day" } } }] },
      ],
    },
  ])("and write agree on %j", (definition) => {
    const filter = fromDefinition(definition);
    expect(filter).toBeDefined();
    if (filter) expect(toDefinition(filter)).toEqual(definition);
  });

  test.each([
    { all: [{ all: [{ all: [{ event: "a" }] }] }] },
    { not: { all: [{ event: "a" }, { event: "b" }] } },
    { any: [] },
    { sequence: [{ event: "a" }] },
    { segment: "seg_1" },
    { all: [{ event: "a", calendar: true }] },
    { all: [{ channel_interaction: { product: "architect", journey_name: "x" } }] },
    { all: [{ attribute: "a", operator: "in", values: [] }] },
    { all: [{ attribute: "a", operator: "like", value: "x" }] },
    { all: [{ event: "a", where: { any: [{ all: [{ parameter: "p", operator: "exists" }] }] } }] },
    "text",
    null,
  ])("says of %j that the page cannot show it", (definition) => {
    expect(fromDefinition(definition)).toBeUndefined();
  });

  test("a leaf alone and a mix of leaves and groups keep their meaning", () => {
    const leaf = { event: "a" };
    expect(toDefinition(fromDefinition(leaf) ?? emptyFilter())).toEqual({ all: [leaf] });
    expect(toDefinition(fromDefinition({ any: [leaf, { all: [leaf, leaf] }] }) ?? emptyFilter())).toEqual({
      any: [{ all: [leaf] }, { all: [leaf, leaf] }],
    });
  });
});

describe("faults", () => {
  test("are placed at the condition and its part", () => {
    const { places } = write(sentButNeverOpened);
    const [first, second] = sentButNeverOpened.groups[0]?.conditions ?? [];
    expect(faultAt(places, "all[0].channel_interaction.channel")).toEqual({ id: first?.id, part: "channel" });
    expect(faultAt(places, "definition.all[1].not.times.value")).toEqual({ id: second?.id, part: "times" });
    expect(faultAt(places, "all[10].event")).toBeUndefined();
    expect(faultAt(places, "")).toBeUndefined();
  });

  test("find the parameter row", () => {
    const rows = [newParameter("amount"), newParameter("currency")].map((row, index) => ({
      ...row,
      comparison: { ...row.comparison, values: [index] },
    }));
    const filter: Filter = { joiner: "all", groups: [newGroup([{ ...newEvent("purchase"), where: rows }])] };
    const { places } = write(filter);
    expect(faultAt(places, "all[0].where.all[1].parameter")).toEqual({ id: rows[1]?.id, part: "parameter" });
    expect(faultAt(places, "all[0].where.all[0].values[3]")).toEqual({ id: rows[0]?.id, part: "value" });
  });
});

test("missing entries are named", () => {
  const event = { ...newEvent("purchase"), where: [newParameter()] };
  expect(missing(event).map((item) => item.part)).toEqual(["parameter"]);
  expect(isComplete(newInteraction())).toBe(true);
  expect(isComplete(newEvent())).toBe(false);
});
