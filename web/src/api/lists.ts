import { queryOptions } from "@tanstack/react-query";
import { call } from "./client";
import { TIMEZONE } from "./timezone";
import type { NewList, SavedList, SavedLists } from "./types";

/** The lists, by name. */
export const listsQuery = () =>
  queryOptions({
    queryKey: ["saved", "lists"],
    queryFn: ({ signal }) => call<SavedLists>("/api/v1/lists", { signal }),
  });

/** Writes down whoever a definition means now, or user ids. */
export const makeList = (list: Omit<NewList, "timezone">) =>
  call<SavedList>("/api/v1/lists", { body: { ...list, timezone: TIMEZONE } });

/** Takes one away. A conflict (409) means that segments refer to it. */
export const removeList = (id: string) => call<undefined>(`/api/v1/lists/${encodeURIComponent(id)}`, { method: "DELETE" });
