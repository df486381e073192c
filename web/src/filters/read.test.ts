import { describe, expect, test } from "vitest";
import { conditionsOf } from "./model";
import { fromDefinition } from "./read";
import { toDefinition, write } from "./write";

const email = { product: "architect", channel: "EM", journey_id: 1007 };
const equals = (parameter: string, value: unknown) => ({ parameter, operator: "equals", value });
const leaf = { event: "a" };

/** Definitions that come back as they were, each of them drawn as a form throughout. */
const SAME: unknown[] = [
  { all: [] },
  { any: [{ attribute: "country", operator: "in", values: ["TR", "DE"] }, leaf] },
  { all: [{ attribute: "age", operator: "between", from: 20, to: 30 }] },
  { all: [{ attribute: "name", operator: "contains", value: "", case_insensitive: true }] },
  { all: [{ attribute: "name", operator: "at_least", value: "m", case_insensitive: true }] },
  { all: [{ not: { attribute: "member_since", operator: "in_last", value: 7, unit: "day" } }] },
  { all: [{ attribute: "member_since", operator: "anniversary_in_next", value: 1, unit: "month" }] },
  { all: [{ attribute: "gender", operator: "not_exists" }] },
  { all: [{ attribute: "tags", operator: "contains_all", values: ["a", "b"] }] },
  { all: [{ attribute: "email", operator: "not_equals", value: "" }] },
  // Groups, however deep and turned round.
  { not: { all: [leaf, { event: "b" }] } },
  { not: { any: [leaf] } },
  { all: [{ all: [{ any: [leaf] }] }, { not: { any: [{ not: { all: [leaf, leaf] } }] } }] },
  { all: [{ any: [] }, { all: [] }] },
  // Events.
  { all: [{ event: "a", times: { operator: "exactly", value: 0 } }] },
  { all: [{ event: "a", time_range: { operator: "in_last", value: 1, unit: "week", calendar: true } }] },
  { all: [{ event: "a", time_range: { operator: "in_last", value: 2, unit: "month", calendar: true } }] },
  { all: [{ event: "a", time_range: { operator: "before", value: "2026-09-01T00:00:00Z" } }] },
  { all: [{ event: "a", where: { any: [{ all: [equals("p", 1), equals("q", true)] }, { not: { any: [equals("p", 2), equals("p", 3)] } }] } }] },
  { all: [{ event: "a", where: { not: { all: [equals("p", 1), { not: { parameter: "q", operator: "starts_with", value: "x" } }] } } }] },
  { all: [{ event: "a", aggregate: { function: "last", parameter: "item", operator: "exactly", value: "tea" } }] },
  { all: [{ event: "a", aggregate: { function: "sum", parameter: "amount", operator: "between", from: 1.5, to: 2 } }] },
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
  // Channel interactions.
  { all: [{ channel_interaction: { ...email, action: "SEND" } }, { not: { channel_interaction: { ...email, action: 4 } } }] },
  { all: [{ channel_interaction: { product: "architect", journey_name: "x", journey_id: "1004", campaign_id: "c" } }] },
  { all: [{ channel_interaction: email, aggregate: { function: "distinct_count", parameter: "message_id", operator: "at_least", value: 2 } }] },
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
    all: [
      {
        channel_interaction: { product: "architect" },
        where: {
          all: [{ parameter: "channel_code", operator: "in", values: ["EM", "APP"] }, equals("element_code", "e1"), { any: [equals("p", 1), equals("p", 2)] }],
        },
      },
    ],
  },
  { all: [{ channel_interaction: { product: "architect" }, where: { any: [equals("element_code", "e1"), equals("element_code", "e2")] } }] },
  // Sequences, journeys, references.
  { all: [{ sequence: [leaf] }] },
  {
    all: [
      {
        not: {
          sequence: [
            { event: "a", where: equals("p", 1) },
            { channel_interaction: email, time_range: { operator: "in_last", value: 3, unit: "hour" } },
            leaf,
          ],
          within: { value: 7, unit: "day" },
        },
      },
    ],
  },
  ...["active", "completed", "exited", "never_entered"].map((state) => ({ all: [{ journey: { id: 1004, state } }] })),
  { all: [{ not: { journey: { id: "j-1", state: "active" } } }] },
  { any: [{ segment: "seg_1" }, { not: { segment: "seg_2" } }, { list: "lst_1" }, { not: { list: "lst_2" } }] },
];

/** Definitions that come back in another form of the same meaning. */
const ALIKE: [unknown, unknown][] = [
  [leaf, { all: [leaf] }],
  [{ not: leaf }, { all: [{ not: leaf }] }],
  [{ any: [] }, { all: [{ any: [] }] }],
  [{ not: { not: leaf } }, { not: { any: [{ not: leaf }] } }],
  [{ not: { all: [] } }, { not: { any: [{ all: [] }] } }],
  [{ all: [{ attribute: "a", operator: "in", values: ["x"] }] }, { all: [{ attribute: "a", operator: "equals", value: "x" }] }],
  [{ all: [{ not: { attribute: "a", operator: "not_contains", value: "x" } }] }, { all: [{ attribute: "a", operator: "contains", value: "x" }] }],
  [{ all: [{ ...leaf, times: { operator: "at_least", value: 1 }, time_range: { operator: "all_time" } }] }, { all: [leaf] }],
  [{ all: [{ ...leaf, where: { all: [equals("p", 1)] } }] }, { all: [{ ...leaf, where: equals("p", 1) }] }],
  [{ all: [{ ...leaf, where: { not: { not: equals("p", 1) } } }] }, { all: [{ ...leaf, where: { not: { parameter: "p", operator: "not_equals", value: 1 } } }] }],
];

/** What has no form stays as it is written, in its place. */
const BY_HAND: unknown[] = [
  { all: [leaf, { event: "a", calendar: true }] },
  { all: [{ attribute: "a", operator: "in", values: [] }] },
  { all: [{ attribute: "a", operator: "like", value: "x" }] },
  { all: [{ attribute: "a", operator: "equals", value: "x", from: 1 }] },
  { all: [{ attribute: "a", operator: "equals", value: null }] },
  { all: [{ event: "a", where: { any: [] } }] },
  { all: [{ event: "a", times: { operator: "exactly", value: "2" } }] },
  { all: [{ sequence: [] }, { sequence: [{ event: "a", times: { operator: "exactly", value: 2 } }] }] },
  { all: [{ journey: { id: 1, state: "lost" } }] },
  { all: [{ all: [leaf], extra: 1 }] },
  { all: ["text", null, 3] },
  { all: [{ unheard_of: 1 }] },
];

const byHand = (definition: unknown) => conditionsOf(fromDefinition(definition)).filter(({ kind }) => kind === "json").length;

describe("reading and writing", () => {
  test.each(SAME)("agree on %j", (definition) => {
    const filter = fromDefinition(definition);
    expect(toDefinition(filter)).toEqual(definition);
    expect(write(filter).filters).toBe(conditionsOf(filter).length);
    expect(byHand(definition)).toBe(0);
  });

  test.each(ALIKE)("make %j into %j, which means the same", (definition, written) => {
    expect(toDefinition(fromDefinition(definition))).toEqual(written);
    expect(byHand(definition)).toBe(0);
  });

  test.each(BY_HAND)("keep %j as it is written", (definition) => {
    expect(toDefinition(fromDefinition(definition))).toEqual(definition);
    expect(byHand(definition)).toBeGreaterThan(0);
  });

  test("keep even what is no node at all", () => {
    expect(toDefinition(fromDefinition("text"))).toEqual({ all: ["text"] });
  });
});
