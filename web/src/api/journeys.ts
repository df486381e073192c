import { queryOptions } from "@tanstack/react-query";
import { call } from "./client";
import type { Journeys } from "./types";

/** All journeys with their figures. */
export const journeysQuery = () =>
  queryOptions({
    queryKey: ["journeys"],
    queryFn: ({ signal }) => call<Journeys>("/api/v1/journeys", { signal }),
    staleTime: 15_000,
  });
