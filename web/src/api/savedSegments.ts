import { queryOptions } from "@tanstack/react-query";
import { call } from "./client";
import type { Definition, SavedSegment, SavedSegments, SegmentChange, SegmentCount, SegmentVersions } from "./types";

const segment = (id: string) => `/api/v1/segments/${encodeURIComponent(id)}`;

/** The saved segments, by name. */
export const savedSegmentsQuery = () =>
  queryOptions({
    queryKey: ["saved", "segments"],
    queryFn: ({ signal }) => call<SavedSegments>("/api/v1/segments", { signal }),
  });

/** What one was over time, newest first. */
export const segmentVersionsQuery = (id: string) =>
  queryOptions({
    queryKey: ["saved", "segments", id, "versions"],
    queryFn: ({ signal }) => call<SegmentVersions>(`${segment(id)}/versions`, { signal }),
  });

/**
 * How many people one has now; the stream of changes keeps it up to date (see `changes.ts`). In UTC, as the stream
 * counts.
 */
export const savedCountQuery = (id: string) =>
  queryOptions({
    queryKey: ["saved", "counts", id],
    queryFn: ({ signal }) => call<SegmentCount>("/api/v1/segments/count", { body: { definition: { segment: id } }, signal }),
    staleTime: 60_000,
  });

/** Saves a definition under a name. */
export const saveSegment = (name: string, definition: Definition) =>
  call<SavedSegment>("/api/v1/segments", { body: { name, definition } });

/** Makes the next version of one. A conflict (409) means that another change came first. */
export const changeSegment = (id: string, change: SegmentChange) =>
  call<SavedSegment>(segment(id), { method: "PUT", body: change });

/** Takes one away. A conflict (409) means that others refer to it. */
export const removeSegment = (id: string) => call<undefined>(segment(id), { method: "DELETE" });
