import { expect, test } from "vitest";
import { bytes, count, plural, share } from "./number";
import { duration, fromLocalInput, toLocalInput, utc } from "./time";
import { valueText } from "./value";

test("figures", () => {
  expect(count(17000)).toBe("17,000");
  expect(plural(1, "person", "people")).toBe("1 person");
  expect(plural(345, "person", "people")).toBe("345 people");
  expect(share(345, 17000)).toBe("2%");
  expect(share(0, 0)).toBe("–");
  expect(bytes(999)).toBe("999 bytes");
  expect(bytes(1_430_000)).toBe("1.4 MB");
});

test("times", () => {
  expect(utc("2026-09-01T00:00:00Z")).toBe("2026-09-01 00:00:00 UTC");
  expect(utc("2026-09-01T00:00:00.25Z")).toBe("2026-09-01 00:00:00.250 UTC");
});

test("how long something takes", () => {
  expect([0, 8.4, 59.4, 60, 3570, 3600, 7500].map(duration)).toEqual(["1 s", "8 s", "59 s", "1 min", "1 h", "1 h", "2 h 5 min"]);
});

test("what is entered as local time comes back", () => {
  for (const instant of ["2026-09-01T00:00:00Z", "2026-01-31T23:59:30Z"]) {
    expect(fromLocalInput(toLocalInput(instant))).toBe(instant);
  }
  expect(fromLocalInput("")).toBeNull();
  expect(toLocalInput("nonsense")).toBe("");
});

test("values", () => {
  expect(["a", 1.5, true, null, ["x", 2]].map(valueText)).toEqual(["a", "1.5", "true", "", "x, 2"]);
});
