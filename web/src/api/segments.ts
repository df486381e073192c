import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { call } from "./client";
import type { Explained } from "./segmentTypes";
import { TIMEZONE } from "./timezone";
import type { Breakdown, BreakdownBy, Definition, SegmentCount } from "./types";

/** What everyone is, where a definition is needed. */
export const EVERYONE: Definition = { all: [] };

/**
 * The exact count of a definition, and of each of its nodes where that is asked for. A newer definition takes the
 * older one's place: the older request then has no observer left and is aborted, which also stops its evaluation in
 * the service.
 */
export const countQuery = (definition: Definition, asOf: string | undefined, conditions = false) =>
  queryOptions({
    queryKey: ["segments", "count", definition, asOf ?? null, conditions],
    queryFn: ({ signal }) =>
      call<SegmentCount>("/api/v1/segments/count", {
        body: { definition, as_of: asOf, timezone: TIMEZONE, conditions },
        signal,
      }),
    placeholderData: keepPreviousData,
    gcTime: 60_000,
  });

/** Why one profile is, or is not, among those that a definition means. */
export const explainQuery = (definition: Definition, profileId: string, asOf: string | undefined) =>
  queryOptions({
    queryKey: ["segments", "explain", definition, profileId, asOf ?? null],
    queryFn: ({ signal }) =>
      call<Explained>("/api/v1/segments/explain", {
        body: { definition, profile_id: profileId, as_of: asOf, timezone: TIMEZONE },
        signal,
      }),
  });

/** How the people of a definition spread over the values of an attribute or parameter. */
export const breakdownQuery = (definition: Definition, by: BreakdownBy, asOf: string | undefined, limit = 20) =>
  queryOptions({
    queryKey: ["segments", "breakdown", definition, by, asOf ?? null, limit],
    queryFn: ({ signal }) =>
      call<Breakdown>("/api/v1/segments/breakdown", {
        body: { definition, as_of: asOf, timezone: TIMEZONE, by, limit },
        signal,
      }),
    placeholderData: keepPreviousData,
  });
