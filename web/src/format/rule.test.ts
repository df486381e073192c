import { expect, test } from "vitest";
import { changeWords, localClock, ruleWords } from "./rule";

test("rules in words", () => {
  expect(ruleWords({ every: "minutes", minutes: 15 })).toBe("Every 15 minutes");
  expect(ruleWords({ every: "hour" })).toBe("Every hour, on the hour");
  expect(ruleWords({ every: "hour", minute: 5 })).toBe("Every hour, at minute 5");
  expect(ruleWords({ every: "day", at: "06:00" })).toBe("Every day at 06:00");
  expect(ruleWords({ every: "week", weekdays: ["monday"], at: "06:00" })).toBe("Monday at 06:00");
  expect(ruleWords({ every: "week", weekdays: ["monday", "friday", "sunday"], at: "06:00" })).toBe("Monday, Friday and Sunday at 06:00");
  expect(ruleWords({ every: "month", day: 31, at: "06:00" })).toBe("Day 31 of the month at 06:00");
  expect(ruleWords({ every: "month", day: "last", at: "06:00" })).toBe("The last day of the month at 06:00");
});

test("local clocks", () => {
  expect(localClock("2026-03-08T03:00:00-04:00")).toBe("Sun 2026-03-08 03:00 -04:00");
  expect(localClock("soon")).toBe("soon");
  expect(changeWords("skipped")).toContain("gap");
  expect(changeWords(undefined)).toBeUndefined();
});
