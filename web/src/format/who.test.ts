import { expect, test } from "vitest";
import { scheduleOf, shortId, whoName } from "./who";

test("people, keys and places go by their names", () => {
  expect(whoName("this machine")).toBe("this machine");
  expect(whoName("API key Agency (Berlin) (key_01a21a1ad89672c1)")).toBe("API key Agency (Berlin)");
  expect(whoName("destination Warehouse (dst_01a21a1ad7bf763a)")).toBe("destination Warehouse");
  expect(whoName("destination ada@example.com (email)")).toBe("ada@example.com");
});

test("a schedule is known by its id", () => {
  expect(scheduleOf("schedule sch_01a2")).toBe("sch_01a2");
  expect(scheduleOf("this machine")).toBeUndefined();
});

test("an id is known by its end", () => {
  expect(shortId("exp_01a21a1b1e7a74ac9ab4449cd3a586b3")).toBe("exp_…d3a586b3");
  expect(shortId("exp_1")).toBe("exp_1");
});
