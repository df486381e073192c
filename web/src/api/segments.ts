import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { call } from "./client";
import type { Definition, SegmentCount } from "./types";

/**
 * The exact count of a definition. A newer definition takes the older one's place: the older request then has no
 * observer left and is aborted, which also stops its evaluation in the service.
 */
export const countQuery = (definition: Definition, asOf: string | undefined) =>
  queryOptions({
    queryKey: ["segments", "count", definition, asOf ?? null],
    queryFn: ({ signal }) =>
      call<SegmentCount>("/api/v1/segments/count", { body: { definition, as_of: asOf }, signal }),
    placeholderData: keepPreviousData,
    gcTime: 60_000,
  });
