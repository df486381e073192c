import { queryOptions } from "@tanstack/react-query";
import { call } from "./client";
import type { Mail, Mails, MailTest } from "./types";

/** The messages that the service wrote to its mail directory, because no relay is configured. */
export const mailListQuery = () =>
  queryOptions({
    queryKey: ["mail"],
    queryFn: ({ signal }) => call<Mails>("/api/v1/mail", { signal }),
    refetchInterval: 5000,
  });

/** One message. */
export const mailQuery = (id: string) =>
  queryOptions({
    queryKey: ["mail", id],
    queryFn: ({ signal }) => call<Mail>(`/api/v1/mail/${encodeURIComponent(id)}`, { signal }),
    staleTime: Infinity,
  });

/** Sends a test letter now, and tells what came of it. */
export const sendTestLetter = (to: string) => call<MailTest>("/api/v1/mail/test", { body: { to } });
