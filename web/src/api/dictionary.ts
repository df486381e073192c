import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { call, query } from "./client";
import type { Dictionary, KnownValues } from "./types";

/** Everything that has a name: attributes, events and their parameters, channels, actions. */
export const dictionaryQuery = () =>
  queryOptions({
    queryKey: ["dictionary"],
    queryFn: ({ signal }) => call<Dictionary>("/api/v1/dictionary", { signal }),
    staleTime: 60_000,
  });

/** Where values are looked up: an attribute, or a parameter of an event (of one journey). */
export type ValueSource =
  | { attribute: string }
  | { event: string; parameter: string; journey_id?: number };

/** Values that exist, the most frequent first, with how often. */
export const valuesQuery = (source: ValueSource, search: string, limit = 50) =>
  queryOptions({
    queryKey: ["dictionary", "values", source, search, limit],
    queryFn: ({ signal }) =>
      call<KnownValues>(`/api/v1/dictionary/values${query({ ...source, query: search, limit })}`, { signal }),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
