import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { call, query } from "./client";
import { TIMEZONE } from "./timezone";
import type { Profile, ProfileEventPage, ProfilePage, ProfileSearch } from "./types";

/** A page of profiles that a search and a filter leave. */
export const profilesQuery = (search: Omit<ProfileSearch, "timezone">) =>
  queryOptions({
    queryKey: ["profiles", "search", search],
    queryFn: ({ signal }) =>
      call<ProfilePage>("/api/v1/profiles/search", { body: { ...search, timezone: TIMEZONE }, signal }),
    placeholderData: keepPreviousData,
  });

/** One profile. */
export const profileQuery = (id: string) =>
  queryOptions({
    queryKey: ["profiles", id],
    queryFn: ({ signal }) => call<Profile>(`/api/v1/profiles/${encodeURIComponent(id)}`, { signal }),
  });

/** The events of one profile, newest first, page after page. */
export const profileEventsQuery = (id: string, event: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ["profiles", id, "events", event ?? null],
    queryFn: ({ signal, pageParam }) =>
      call<ProfileEventPage>(
        `/api/v1/profiles/${encodeURIComponent(id)}/events${query({ cursor: pageParam, limit: 50, event })}`,
        { signal },
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
