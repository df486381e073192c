import { queryOptions } from "@tanstack/react-query";
import { call } from "./client";
import type { About } from "./types";

/** What this service is and how it is set up. */
export const aboutQuery = () =>
  queryOptions({
    queryKey: ["about"],
    queryFn: ({ signal }) => call<About>("/api/v1/about", { signal }),
    staleTime: 30_000,
  });

/** Opens a session; the answer sets a cookie that scripts cannot read. */
export const signIn = (password: string) => call<unknown>("/api/v1/sign-in", { body: { password } });

/** Ends the session. */
export const signOut = () => call<unknown>("/api/v1/sign-out", { method: "POST" });
