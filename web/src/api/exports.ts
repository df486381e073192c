import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { call, query } from "./client";
import type { Compression, Definition, ExportJob, ExportLink, ExportPage, ExportRequest, Formulas, Manifest } from "./types";

/** What a row of an export is. */
export const KINDS = ["profiles", "events", "passes", "messages"] as const;
export type ExportKind = (typeof KINDS)[number];

export const FORMATS = ["csv", "ndjson", "parquet", "arrow", "xlsx"] as const;
export type FileFormat = (typeof FORMATS)[number];

/** Which passes or messages; every member may be left out. */
export interface JourneysWanted {
  ids?: number[];
  start_date?: string;
  end_date?: string;
  dry_runs?: boolean;
}

/** A column that is computed for each person. */
export type Computed = { name: string } & (
  | { event: string; where?: unknown; time_range?: unknown; measure: "count" | "first_time" | "last_time" }
  | { event: string; where?: unknown; time_range?: unknown; measure: "sum"; parameter: string }
  | { segment: string }
  | { definition: Definition }
);

/** The body of `POST /api/v1/exports`. */
export interface ExportBody extends Omit<ExportRequest, "kind" | "format" | "definition" | "attributes" | "compression" | "formulas"> {
  kind: ExportKind;
  definition?: Definition;
  attributes?: string[];
  journeys?: JourneysWanted;
  computed?: Computed[];
  format: FileFormat;
  compression?: Compression;
  formulas?: Formulas;
  quotes?: "needed" | "all" | "text";
  times?: "rfc3339" | "space" | "epoch_seconds" | "epoch_milliseconds";
  time_zone?: string;
  arrays?: "json" | "joined" | "refuse";
  array_separator?: string;
  hook?: string;
}

/** An export as it would be, without it being written. */
export interface ExportPreview {
  /** Exactly how many rows it would have. */
  rows: number;
  position: number;
  columns: { name: string; type: string }[];
  /** The first rows, as they would be written. */
  sample: unknown[][];
  warnings: string[];
}

/** How the call to a job's hook went. */
export interface HookState {
  url?: string;
  /** `waiting`, `delivered` or `failed`. */
  status: string;
  attempts?: number;
  last_error?: string;
  next_attempt_at?: string;
  delivered_at?: string;
}

/** A job with all that the service tells of it. */
export type Job = ExportJob & {
  /** What was asked for, as the form can take it again. */
  request?: unknown;
  /** How long it will still take, while it runs. */
  seconds_left?: number;
  /** How often it was started. */
  attempts?: number;
  hook?: HookState;
};

interface JobPage extends Omit<ExportPage, "exports"> {
  exports: Job[];
}

/** Whether the files of an export are what its manifest says, and how its signature stands. */
export interface VerifyReport {
  rows: number;
  bytes: number;
  parts: number;
  problems: { file?: string; message: string }[];
  signature?: "absent" | "unchecked" | "good" | "bad";
}

/** Whether a job will still change by itself. */
export const underway = (job: ExportJob): boolean => job.status === "queued" || job.status === "running";

/** Whether a job has files that can be downloaded. */
export const downloadable = (job: ExportJob): boolean => job.status === "complete" && !job.files_gone;

/** Whether a job can be run once more. */
export const repeatable = (job: ExportJob): boolean => job.status === "failed" || job.status === "cancelled";

/** What a job was asked for: the service tells it with the job, or in the manifest. */
export function requestOf(job: Job, manifest: Manifest | undefined): object | undefined {
  const request = job.request ?? manifest?.request;
  return typeof request === "object" && request !== null ? request : undefined;
}

/** The data dictionary that lies beside the files, as the manifest lists it. */
export function dictionaryOf(manifest: Manifest | undefined): { file: string; bytes: number; sha256: string } | undefined {
  const listed = manifest?.dictionary as Partial<{ file: string; bytes: number; sha256: string }> | undefined;
  return listed?.file && listed.sha256 ? { file: listed.file, bytes: listed.bytes ?? 0, sha256: listed.sha256 } : undefined;
}

const job = (id: string) => `/api/v1/exports/${encodeURIComponent(id)}`;

/** Jobs, newest first; read again every second while one is under way. */
export const exportsQuery = () =>
  infiniteQueryOptions({
    queryKey: ["exports", "list"],
    queryFn: ({ signal, pageParam }) =>
      call<JobPage>(`/api/v1/exports${query({ cursor: pageParam, limit: 50 })}`, { signal }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: ({ state }) =>
      state.data?.pages.some((page) => page.exports.some(underway)) ? 1000 : false,
  });

/** One job; read again every second while it is under way. */
export const exportQuery = (id: string) =>
  queryOptions({
    queryKey: ["exports", id],
    queryFn: ({ signal }) => call<Job>(job(id), { signal }),
    refetchInterval: ({ state }) => (state.data && !underway(state.data) ? false : 1000),
  });

/** The manifest of a finished job, as it lies beside its files. */
export const manifestQuery = (id: string) =>
  queryOptions({
    queryKey: ["exports", id, "manifest"],
    queryFn: ({ signal }) => call<Manifest>(`${job(id)}/manifest`, { signal }),
    staleTime: Infinity,
  });

/** Starts an export. The key makes a repeated request (a double click, a retry) the same job. */
export const startExport = (body: ExportBody, idempotencyKey: string) =>
  call<Job>("/api/v1/exports", { body, headers: { "idempotency-key": idempotencyKey } });

/** What an export would be: its exact number of rows, its first rows, its warnings. */
export const previewQuery = (body: ExportBody) =>
  queryOptions({
    queryKey: ["previews", body],
    queryFn: ({ signal }) => call<ExportPreview>("/api/v1/exports/preview", { body, signal }),
    retry: false,
    staleTime: 60_000,
  });

/** Stops a job. */
export const cancelExport = (id: string) => call<Job>(`${job(id)}/cancel`, { method: "POST" });

/** Runs a job that failed or was cancelled once more. */
export const retryExport = (id: string) => call<Job>(`${job(id)}/retry`, { method: "POST" });

/** Reads all files of an export again and holds them against its manifest. */
export const verifyExport = (id: string) => call<VerifyReport>(`${job(id)}/verify`, { method: "POST" });

/** A fresh signed link to a job's files. */
export const linkExport = (id: string) => call<ExportLink>(`${job(id)}/link`, { method: "POST" });
