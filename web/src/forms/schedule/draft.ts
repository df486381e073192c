/** The form of a schedule, and its way to and from the body of the API. */
import type { NewSchedule, Schedule, ScheduleRule } from "../../api/types";
import { TIMEZONE } from "../../api/timezone";
import type { Missing } from "../../filters/complete";
import { newDraft } from "../export/draft";
import type { ExportDraft } from "../export/draft";
import { missing as missingInExport } from "../export/missing";
import { read } from "../export/read";
import { fieldAt, write } from "../export/write";

/** The id under which what belongs to the schedule itself stands among the faults; the part is the member's name. */
export const SCHEDULE = "schedule";

export const EVERY = ["minutes", "hour", "day", "week", "month"] as const;
export type Every = (typeof EVERY)[number];

export interface ScheduleDraft {
  name: string;
  every: Every;
  minutes: number;
  minute: number;
  at: string;
  weekdays: string[];
  /** 1 to 31, or `last`. */
  day: string;
  timeZone: string;
  incremental: boolean;
  backfill: boolean;
  /** Minutes after the due time; null where nothing is expected. */
  expectedMinutes: number | null;
  notify: string;
  export: ExportDraft;
}

export const newSchedule = (): ScheduleDraft => ({
  name: "",
  every: "day",
  minutes: 15,
  minute: 0,
  at: "06:00",
  weekdays: ["monday"],
  day: "1",
  timeZone: TIMEZONE ?? "UTC",
  incremental: false,
  backfill: true,
  expectedMinutes: null,
  notify: "",
  export: newDraft(),
});

/**
 * The form that a body of an export begins with. A window becomes the question whether runs are incremental, and what counts
 * as now is each run's own; both are for runs to say.
 */
export function ofExport(body: object): { draft: ScheduleDraft; fault?: string } {
  const { positions, ...request } = body as Record<string, unknown>;
  const answer = read({ ...request, as_of: undefined });
  return "draft" in answer
    ? { draft: { ...newSchedule(), export: answer.draft, incremental: positions !== undefined } }
    : { draft: newSchedule(), fault: answer.fault };
}

/** The form of a schedule that is there. */
export function ofSchedule(schedule: Schedule): { draft: ScheduleDraft; fault?: string } {
  const { rule } = schedule;
  const { draft, fault } = ofExport(schedule.request);
  const within = schedule.expected_within_seconds;
  return {
    fault,
    draft: {
      ...draft,
      name: schedule.name,
      every: EVERY.find((one) => one === rule.every) ?? "day",
      minutes: rule.minutes ?? draft.minutes,
      minute: rule.minute ?? draft.minute,
      at: rule.at ?? draft.at,
      weekdays: rule.weekdays ?? draft.weekdays,
      day: rule.day === undefined || rule.day === null ? draft.day : String(rule.day),
      timeZone: schedule.time_zone,
      incremental: schedule.incremental,
      backfill: schedule.backfill,
      expectedMinutes: within === undefined ? null : within / 60,
      notify: schedule.notify ?? "",
    },
  };
}

/** The rule of a form. */
export function ruleOf({ every, minutes, minute, at, weekdays, day }: ScheduleDraft): ScheduleRule {
  switch (every) {
    case "minutes":
      return { every, minutes };
    case "hour":
      return { every, minute };
    case "day":
      return { every, at };
    case "week":
      return { every, weekdays, at };
    case "month":
      return { every, day: day === "last" ? day : Number(day), at };
  }
}

/** The body of a form, and the field that a path in it belongs to. */
export function writeSchedule(draft: ScheduleDraft): { body: NewSchedule; fieldAt: (path: string) => Pick<Missing, "id" | "part"> } {
  const { body: request, places } = write(draft.export);
  const body: NewSchedule = {
    name: draft.name.trim(),
    request,
    rule: ruleOf(draft),
    time_zone: draft.timeZone,
    incremental: draft.incremental,
    backfill: draft.backfill,
    ...(draft.expectedMinutes !== null && { expected_within_seconds: Math.round(draft.expectedMinutes * 60) }),
    ...(draft.expectedMinutes !== null && draft.notify.trim() && { notify: draft.notify.trim() }),
  };
  return {
    body,
    fieldAt: (path) =>
      path.startsWith("request.")
        ? fieldAt(places, path.slice("request.".length))
        : { id: SCHEDULE, part: path.replace(/^rule\./, "").replace(/\[.*/, "") },
  };
}

/** What is not filled in yet. */
export function missing(draft: ScheduleDraft): Missing[] {
  const own = (part: string, message: string): Missing => ({ id: SCHEDULE, part, message });
  const byClock = draft.every === "day" || draft.every === "week" || draft.every === "month";
  return [
    ...(draft.name.trim() === "" ? [own("name", "Give it a name that people will know it by.")] : []),
    ...(byClock && draft.at === "" ? [own("at", "Say at what time.")] : []),
    ...(draft.every === "week" && draft.weekdays.length === 0 ? [own("weekdays", "Choose at least one day.")] : []),
    ...missingInExport(draft.export),
  ];
}
