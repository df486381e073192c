import { expect, test } from "vitest";
import { everyWords, isAcross, sideWords, thresholdWords } from "./watch";

test("what a watch tells of", () => {
  expect(thresholdWords({ above: 10_000 })).toBe("more than 10,000 people");
  expect(thresholdWords({ below: 1 })).toBe("fewer than 1 person");
  expect(thresholdWords({ above: 0 })).toBe("more than 0 people");
});

test("on which side the newest count is; the threshold itself is no news", () => {
  expect([9, 10, 11].map((seen) => isAcross({ above: 10, last_count: seen }))).toEqual([false, false, true]);
  expect([9, 10, 11].map((seen) => isAcross({ below: 10, last_count: seen }))).toEqual([true, false, false]);
  expect(isAcross({ above: 10 })).toBeUndefined();
  expect(sideWords({ above: 1000, last_count: 1000 })).toBe("not above 1,000");
  expect(sideWords({ below: 1000, last_count: 0 })).toBe("below 1,000");
  expect(sideWords({ below: 1000 })).toBeUndefined();
});

test("how often is looked", () => {
  expect([5, 60, 90, 120, 1440, 2880, 10_080].map(everyWords)).toEqual([
    "every 5 minutes",
    "every hour",
    "every 90 minutes",
    "every 2 hours",
    "every day",
    "every 2 days",
    "every week",
  ]);
});
