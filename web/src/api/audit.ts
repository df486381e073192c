import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { call, query } from "./client";
import type { AuditEntry, AuditPage, ProfileExports } from "./types";

/** What is looked at of the audit. */
export interface AuditSearch {
  subject?: string;
  deed?: string;
}

/** What was done with exports, newest first, page after page. */
export const auditQuery = (search: AuditSearch) =>
  infiniteQueryOptions({
    queryKey: ["audit", search],
    queryFn: ({ signal, pageParam }) => call<AuditPage>(`/api/v1/audit${query({ cursor: pageParam, limit: 50, ...search })}`, { signal }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });

/** Who had files of an export sent, newest first. */
export const downloadsQuery = (id: string) =>
  queryOptions({
    queryKey: ["audit", "downloads", id],
    queryFn: ({ signal }) => call<AuditPage>(`/api/v1/audit${query({ subject: id, deed: "file.downloaded", limit: 100 })}`, { signal }),
  });

/** The exports whose files hold a person. */
export const profileExportsQuery = (id: string) =>
  queryOptions({
    queryKey: ["profiles", id, "exports"],
    queryFn: ({ signal }) => call<ProfileExports>(`/api/v1/profiles/${encodeURIComponent(id)}/exports`, { signal }),
  });

/** A member of an entry's detail that is a text. */
export const detailText = (entry: AuditEntry, name: string): string | undefined => {
  const value = entry.detail[name];
  return typeof value === "string" ? value : undefined;
};
