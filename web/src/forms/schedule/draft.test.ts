import { expect, test } from "vitest";
import type { Schedule } from "../../api/types";
import { missing, newSchedule, ofExport, ofSchedule, writeSchedule } from "./draft";

const request = { kind: "profiles", format: "csv", formulas: "escape", attributes: ["gender"] };

const schedule = (told: Partial<Schedule>): Schedule => ({
  id: "sch_1",
  name: "Weekly",
  request: request as unknown as Schedule["request"],
  rule: { every: "week", weekdays: ["monday", "friday"], at: "07:30" },
  time_zone: "Europe/Istanbul",
  incremental: false,
  backfill: true,
  paused: false,
  revision: 1,
  created_at: "2026-09-01T00:00:00Z",
  created_by: "test",
  changed_at: "2026-09-01T00:00:00Z",
  changed_by: "test",
  ...told,
});

test("a schedule comes back as it was", () => {
  for (const told of [
    {},
    { rule: { every: "month", day: "last", at: "00:00" } },
    { rule: { every: "month", day: 31, at: "00:00" } },
    { rule: { every: "hour", minute: 5 } },
    { rule: { every: "minutes", minutes: 30 } },
    { expected_within_seconds: 5400, notify: "ann@example.com" },
  ]) {
    const { name, rule, time_zone, incremental, backfill, expected_within_seconds, notify } = schedule(told);
    const whole = { name, request, rule, time_zone, incremental, backfill, expected_within_seconds, notify };
    const { draft, fault } = ofSchedule(schedule(told));
    expect(fault).toBeUndefined();
    expect(writeSchedule(draft).body).toEqual(JSON.parse(JSON.stringify(whole)));
    expect(missing(draft)).toEqual([]);
  }
});

test("what is for runs to say is not taken over", () => {
  const { draft } = ofExport({ ...request, as_of: "2026-09-01T00:00:00Z", positions: { from: 0 } });
  expect(draft.incremental).toBe(true);
  expect(writeSchedule(draft).body.request).toEqual(request);
});

test("places and what is missing", () => {
  const { fieldAt } = writeSchedule({ ...newSchedule(), name: "x" });
  expect(fieldAt("rule.weekdays[1]")).toEqual({ id: "schedule", part: "weekdays" });
  expect(fieldAt("time_zone")).toEqual({ id: "schedule", part: "time_zone" });
  expect(fieldAt("request.attributes")).toEqual({ id: "export", part: "attributes" });
  const empty = { ...newSchedule(), every: "week" as const, weekdays: [], at: "" };
  expect(missing(empty).filter(({ id }) => id === "schedule").map(({ part }) => part)).toEqual(["name", "at", "weekdays"]);
});
