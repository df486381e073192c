import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { call, query } from "./client";
import { TIMEZONE } from "./timezone";
import type { ExportJob, ExportLink, ExportPage, ExportRequest, Manifest } from "./types";

/** Whether a job will still change by itself. */
export const underway = (job: ExportJob): boolean => job.status === "queued" || job.status === "running";

/** Whether a job has files that can be downloaded. */
export const downloadable = (job: ExportJob): boolean => job.status === "complete" && !job.files_gone;

const job = (id: string) => `/api/v1/exports/${encodeURIComponent(id)}`;

/** Jobs, newest first; read again every second while one is under way. */
export const exportsQuery = () =>
  infiniteQueryOptions({
    queryKey: ["exports", "list"],
    queryFn: ({ signal, pageParam }) =>
      call<ExportPage>(`/api/v1/exports${query({ cursor: pageParam, limit: 50 })}`, { signal }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: ({ state }) =>
      state.data?.pages.some((page) => page.exports.some(underway)) ? 1000 : false,
  });

/** One job; read again every second while it is under way. */
export const exportQuery = (id: string) =>
  queryOptions({
    queryKey: ["exports", id],
    queryFn: ({ signal }) => call<ExportJob>(job(id), { signal }),
    refetchInterval: ({ state }) => (state.data && !underway(state.data) ? false : 1000),
  });

/** The manifest of a finished job, as it lies beside its files. */
export const manifestQuery = (id: string) =>
  queryOptions({
    queryKey: ["exports", id, "manifest"],
    queryFn: ({ signal }) => call<Manifest>(`${job(id)}/manifest`, { signal }),
    staleTime: Infinity,
  });

/** Starts an export, of whom the page counts and lists. The key makes a repeated request (a double click, a retry) the same job. */
export const startExport = (request: Omit<ExportRequest, "timezone">, idempotencyKey: string) =>
  call<ExportJob>("/api/v1/exports", {
    body: { ...request, timezone: TIMEZONE },
    headers: { "idempotency-key": idempotencyKey },
  });

/** Stops a job. */
export const cancelExport = (id: string) => call<ExportJob>(`${job(id)}/cancel`, { method: "POST" });

/** A fresh signed link to a job's files. */
export const linkExport = (id: string) => call<ExportLink>(`${job(id)}/link`, { method: "POST" });
