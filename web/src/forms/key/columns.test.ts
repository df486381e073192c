import { expect, test } from "vitest";
import type { Dictionary } from "../../api/types";
import { ruleColumns } from "./columns";

const field = (name: string, type: string) => ({ name, column: name, type, declared: false, values: 1, against: {} });
const event = (name: string, ...parameters: ReturnType<typeof field>[]) => ({ name, table: name, count: 1, parameters });

const dictionary: Dictionary = {
  position: 1,
  identifiers: ["user_id", "email"],
  attributes: [field("age", "number"), field("email", "string"), field("purchase.amount", "string")],
  events: [event("purchase", field("amount", "number"), field("ip", "string")), event("journey_enter", field("ip", "string"))],
  channels: [],
  actions: [],
};

test("each name once: identifiers, attributes, parameters of one event and of all", () => {
  const columns = ruleColumns(dictionary);
  expect(columns.map(({ value }) => value)).toEqual(["user_id", "email", "age", "purchase.amount", "purchase.ip", "journey_enter.ip", "*.amount", "*.ip"]);
  expect(columns.find(({ value }) => value === "journey_enter.ip")).toEqual({
    value: "journey_enter.ip",
    label: "journey_enter.ip",
    meaning: "of Journey Enter · string",
    type: "string",
  });
});
