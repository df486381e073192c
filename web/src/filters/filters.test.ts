import { describe, expect, test } from "vitest";
import { isComplete, missing } from "./complete";
import { emptyFilter, newAttribute, newEvent, newGroup, newInteraction, newParameter, newWhere } from "./model";
import type { Filter } from "./model";
import { fromDefinition } from "./read";
import { faultAt, toDefinition, write } from "./write";

const sentButNeverOpened: Filter = newGroup([
  { ...newInteraction(), channels: ["EM"], action: "SEND", journeyId: 1007 },
  { ...newInteraction(), channels: ["EM"], action: "VIEW", journeyId: 1007, negated: true },
]);

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
    const filter = newGroup([newAttribute(), newGroup(), newGroup([newEvent()], "any", true)]);
    expect(write(filter)).toEqual({ definition: undefined, filters: 0, places: [] });
  });

  test("one value equals, several are in, a negation uses the twin where there is one", () => {
    const gender = { ...newAttribute(), attribute: "gender" };
    const of = (comparison: Partial<typeof gender.comparison>) =>
      toDefinition(newGroup([{ ...gender, comparison: { ...gender.comparison, ...comparison } }])).all;
    expect(of({ values: ["F"] })).toEqual([{ attribute: "gender", operator: "equals", value: "F" }]);
    expect(of({ values: ["F", "O"], negated: true })).toEqual([
      { attribute: "gender", operator: "not_in", values: ["F", "O"] },
    ]);
    expect(of({ operator: "starts_with", values: ["F"], negated: true })).toEqual([
      { not: { attribute: "gender", operator: "starts_with", value: "F" } },
    ]);
  });
});

describe("faults", () => {
  test("are placed at the condition and its part", () => {
    const { places } = write(sentButNeverOpened);
    const [first, second] = sentButNeverOpened.parts;
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
    const { places } = write(newGroup([{ ...newEvent("purchase"), where: newWhere(rows) }]));
    expect(faultAt(places, "all[0].where.all[1].parameter")).toEqual({ id: rows[1]?.id, part: "parameter" });
    expect(faultAt(places, "all[0].where.all[0].values[3]")).toEqual({ id: rows[0]?.id, part: "value" });
  });

  test("find steps, journeys, references and groups, also turned round", () => {
    const filter = fromDefinition({
      not: {
        any: [
          { sequence: [{ event: "a" }, { event: "b" }], within: { value: 1, unit: "day" } },
          { not: { journey: { id: 1, state: "active" } } },
          { all: [{ segment: "seg_1" }, { not: { list: "lst_1" } }] },
        ],
      },
    });
    const { places } = write(filter);
    const [sequence, journey, group] = filter.parts;
    const at = (path: string) => faultAt(places, path);
    expect(at("not.any[0].sequence[1].event")).toEqual({ id: sequence?.kind === "sequence" && sequence.steps[1]?.id, part: "event" });
    expect(at("not.any[0].within.value")).toEqual({ id: sequence?.id, part: "within" });
    expect(at("not.any[1].not.journey.id")).toEqual({ id: journey?.id, part: "id" });
    expect(at("not.any[2]")).toEqual({ id: group?.id, part: "" });
    expect(at("not.any[2].all[1].not.list")).toEqual({ id: group?.kind === "group" && group.parts[1]?.id, part: "list" });
  });

  test("count each part where its negation stands", () => {
    const { places } = write(sentButNeverOpened);
    expect(places.map(({ path }) => path)).toEqual(["", "all[0]", "all[1]"]);
  });
});

test("missing entries are named", () => {
  const event = { ...newEvent("purchase"), where: newWhere([newParameter()]) };
  expect(missing(event).map((item) => item.part)).toEqual(["parameter"]);
  expect(isComplete(newInteraction())).toBe(true);
  expect(isComplete(newEvent())).toBe(false);
});
