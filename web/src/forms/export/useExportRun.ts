import { skipToken, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { ApiError } from "../../api/client";
import { previewQuery, startExport } from "../../api/exports";
import type { ExportJob, ExportRequest } from "../../api/types";
import { newKey } from "../idempotency";

/**
 * Previewing and running a body. Nothing runs before its warnings were there to be read: running first asks for the
 * preview, and goes on by itself only where that has no warnings. Where there is no preview to be had, the next press
 * runs without one.
 */
export function useExportRun(body: ExportRequest, onStarted: (job: ExportJob) => void) {
  const queries = useQueryClient();
  const text = JSON.stringify(body);
  const [asked, setAsked] = useState<{ text: string; body: ExportRequest }>();
  const key = useRef({ text: "", key: "" });
  const options = previewQuery(asked?.body ?? body);
  const preview = useQuery(asked ? options : { ...options, queryFn: skipToken });
  const fresh = asked?.text === text && !preview.isFetching;
  const seen = fresh && (preview.isSuccess || !isRefusal(preview.error));

  const run = useMutation({
    mutationFn: async (written: string) => {
      if (!seen) {
        setAsked({ text: written, body });
        const found = await queries.query(previewQuery(body)).catch(() => undefined);
        if (!found || found.warnings.length > 0) return undefined;
      }
      if (key.current.text !== written) key.current = { text: written, key: newKey() };
      return startExport(body, key.current.key);
    },
    // Once answered, the next press is another request; without an answer it may be the same job.
    onError: (error) => {
      if (error instanceof ApiError) key.current = { text: "", key: "" };
    },
    onSuccess: (job) => {
      if (!job) return;
      key.current = { text: "", key: "" };
      queries.setQueryData(["exports", job.id], job);
      void queries.invalidateQueries({ queryKey: ["exports", "list"] });
      onStarted(job);
    },
  });
  const failed = run.isError && run.variables === text ? run.error : null;
  return {
    asked: asked !== undefined,
    stale: asked !== undefined && asked.text !== text,
    preview,
    /** Whether the shown preview is of this very body and says something to heed. */
    warned: fresh && preview.isSuccess && preview.data.warnings.length > 0,
    error: failed ?? (asked?.text === text ? preview.error : null),
    pending: run.isPending,
    ask: () => {
      if (asked?.text === text) void preview.refetch();
      else setAsked({ text, body });
    },
    run: () => run.mutate(text),
  };
}

const isRefusal = (error: unknown): boolean => error instanceof ApiError && error.status === 422;
