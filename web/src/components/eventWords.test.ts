import { expect, test } from "vitest";
import type { ProfileEvent } from "../api/types";
import { eventWords } from "./eventWords";

const event = (name: string, params: ProfileEvent["params"], action?: ProfileEvent["action"]): ProfileEvent => ({
  event_id: "e",
  event: name,
  timestamp: "2026-09-01T00:00:00Z",
  received_at: "2026-09-01T00:00:00Z",
  position: 1,
  params,
  action,
});

test("a journey product action says channel, action, meaning and journey", () => {
  const params = { journey_id: 1004, journey_name: "bogo 5/5 7d", campaign_id: 10041, channel_code: "EM", action_code: 4 };
  const action = { channel_code: "EM", channel_name: "E-mail", action_code: 4, action_name: "VIEW", meaning: "The person saw the message" };
  const words = eventWords(event("journey_product_action", params, action));
  expect([words.title, ...words.details].join(" · ")).toBe(
    "E-mail · VIEW · The person saw the message · journey bogo 5/5 7d (1004)",
  );
  expect(words.rest).toEqual([{ name: "campaign_id", label: "Campaign", value: "10041" }]);
});

test("an unknown action keeps its code", () => {
  expect(eventWords(event("journey_product_action", { channel_code: "EM", action_code: 99 })).title).toBe("EM · 99");
});

test("entering, leaving and anything else", () => {
  expect(eventWords(event("journey_enter", { journey_id: 1, journey_name: "a", enter_reason: "offer_received" }))).toEqual({
    title: "Entered a journey",
    details: ["journey a (1)", "reason offer_received"],
    rest: [],
  });
  expect(eventWords(event("journey_exit", { journey_id: 1, reward: 5 })).rest[0]?.value).toBe("5");
  expect(eventWords(event("purchase", { amount: 3 }))).toEqual({
    title: "purchase",
    details: [],
    rest: [{ name: "amount", label: "amount", value: "3" }],
  });
});
