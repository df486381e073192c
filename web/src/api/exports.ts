import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { call, query } from "./client";
import type { ExportFormat, ExportJob, ExportKind, ExportLink, ExportPage, ExportPreview, ExportRequest, Manifest, VerifyReport } from "./types";

/** What a row of an export is. */
export const KINDS = ["profiles", "events", "passes", "messages"] as const satisfies readonly ExportKind[];

export const FORMATS = ["csv", "ndjson", "parquet", "arrow", "xlsx"] as const satisfies readonly ExportFormat[];

/** Whether a job will still change by itself. */
export const underway = (job: ExportJob): boolean => job.status === "queued" || job.status === "running";

/** Whether a job is still on its way to a destination. */
export const beingDelivered = (job: ExportJob): boolean => job.deliveries.some((delivery) => delivery.status === "waiting");

/** Whether a job has files that can be downloaded. */
export const downloadable = (job: ExportJob): boolean => job.status === "complete" && !job.files_gone;

/** Whether a job can be run once more. */
export const repeatable = (job: ExportJob): boolean => job.status === "failed" || job.status === "cancelled";

interface Window {
  from?: number | null;
  after?: string | null;
  to?: number | null;
}

/** The window of positions that a job was asked for, where it is incremental. */
export const windowOf = (job: ExportJob): Window | undefined => ((job.request ?? {}) as { positions?: Window | null }).positions ?? undefined;

/** Whether a job has only what came in within a window. */
export const isWindow = (job: ExportJob): boolean => windowOf(job) !== undefined;

/** The position at which a job's window ends: behind it the next export of a chain begins. */
export const endOf = (job: ExportJob): number | undefined => windowOf(job)?.to ?? job.position;

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
      call<ExportPage>(`/api/v1/exports${query({ cursor: pageParam, limit: 50 })}`, { signal }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: ({ state }) =>
      state.data?.pages.some((page) => page.exports.some(underway)) ? 1000 : false,
  });

/** One job; read again every second while it or what is sent of it is under way. */
export const exportQuery = (id: string) =>
  queryOptions({
    queryKey: ["exports", id],
    queryFn: ({ signal }) => call<ExportJob>(job(id), { signal }),
    refetchInterval: ({ state }) => (state.data && !underway(state.data) && !beingDelivered(state.data) ? false : 1000),
  });

/** The manifest of a finished job, as it lies beside its files. */
export const manifestQuery = (id: string) =>
  queryOptions({
    queryKey: ["exports", id, "manifest"],
    queryFn: ({ signal }) => call<Manifest>(`${job(id)}/manifest`, { signal }),
    staleTime: Infinity,
  });

/** Starts an export. The key makes a repeated request (a double click, a retry) the same job. */
export const startExport = (body: ExportRequest, idempotencyKey: string) =>
  call<ExportJob>("/api/v1/exports", { body, headers: { "idempotency-key": idempotencyKey } });

/** What an export would be: its exact number of rows, its first rows, its warnings. */
export const previewQuery = (body: ExportRequest) =>
  queryOptions({
    queryKey: ["previews", body],
    queryFn: ({ signal }) => call<ExportPreview>("/api/v1/exports/preview", { body, signal }),
    retry: false,
    staleTime: 60_000,
  });

/** Stops a job. */
export const cancelExport = (id: string) => call<ExportJob>(`${job(id)}/cancel`, { method: "POST" });

/** Runs a job that failed or was cancelled once more. */
export const retryExport = (id: string) => call<ExportJob>(`${job(id)}/retry`, { method: "POST" });

/** Reads all files of an export again and holds them against its manifest. */
export const verifyExport = (id: string) => call<VerifyReport>(`${job(id)}/verify`, { method: "POST" });

/** Takes back every link to a job's files. */
export const revokeLinks = (id: string) => call<ExportJob>(`${job(id)}/revoke-links`, { method: "POST" });

/** A fresh signed link to a job's files. */
export const linkExport = (id: string) => call<ExportLink>(`${job(id)}/link`, { method: "POST" });
