import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { call, query } from "./client";
import type { DueTimes, NewSchedule, Schedule, SchedulePage, ScheduleRule, ScheduleRun, ScheduleRunPage } from "./types";

const schedule = (id: string) => `/api/v1/schedules/${encodeURIComponent(id)}`;

/** Whether a run will still change by itself. */
export const runs = (run: ScheduleRun | undefined): boolean => run?.status === "running" || run?.status === "waiting";

const LOOK = 15_000;

/** Schedules, newest first; read again every second while one of them runs. */
export const schedulesQuery = () =>
  infiniteQueryOptions({
    queryKey: ["schedules", "list"],
    queryFn: ({ signal, pageParam }) => call<SchedulePage>(`/api/v1/schedules${query({ cursor: pageParam, limit: 50 })}`, { signal }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: ({ state }) =>
      state.data?.pages.some((page) => page.schedules.some((one) => !one.paused && runs(one.last_run))) ? 1000 : LOOK,
  });

/** One schedule. */
export const scheduleQuery = (id: string) =>
  queryOptions({
    queryKey: ["schedules", id],
    queryFn: ({ signal }) => call<Schedule>(schedule(id), { signal }),
  });

/** The runs of a schedule, the latest due time first. */
export const scheduleRunsQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["schedules", id, "runs"],
    queryFn: ({ signal, pageParam }) => call<ScheduleRunPage>(`${schedule(id)}/runs${query({ cursor: pageParam, limit: 50 })}`, { signal }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: ({ state }) => (state.data?.pages.some((page) => page.runs.some(runs)) ? 1000 : LOOK),
  });

/** The next due times of a rule, before there is a schedule. */
export const dueQuery = (rule: ScheduleRule, timeZone: string) =>
  queryOptions({
    queryKey: ["schedules", "due", rule, timeZone],
    queryFn: ({ signal }) => call<DueTimes>("/api/v1/schedules/due", { body: { rule, time_zone: timeZone, limit: 5 }, signal }),
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 30_000,
  });

/** Makes a schedule. */
export const makeSchedule = (body: NewSchedule) => call<Schedule>("/api/v1/schedules", { body });

/** Changes one. A conflict (409) means that it was changed meanwhile. */
export const changeSchedule = (id: string, body: NewSchedule, revision: number) =>
  call<Schedule>(schedule(id), { method: "PUT", body: { ...body, revision } });

/** Takes one away with its history. */
export const removeSchedule = (id: string) => call<undefined>(schedule(id), { method: "DELETE" });

/** Begins no runs any more, or goes on. */
export const pauseSchedule = (id: string, paused: boolean) => call<Schedule>(`${schedule(id)}/${paused ? "pause" : "resume"}`, { method: "POST" });

/** Asks for a run now. The key makes a repeated request the same run. */
export const runSchedule = (id: string, idempotencyKey: string) =>
  call<ScheduleRun>(`${schedule(id)}/run`, { method: "POST", headers: { "idempotency-key": idempotencyKey } });
