import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { call, query } from "./client";
import type { EndpointChange, EndpointWithSecret, NewEndpoint, NewWatch, Replay, Replayed, SegmentWatch, SegmentWatches, WebhookEndpoint, WebhookEndpoints, WebhookMessage, WebhookMessages, WebhookTest } from "./types";

/** What endpoints can be told of, by the names of the API. */
export const EVENT_TYPES = ["export.completed", "export.failed", "schedule.missed", "segment.threshold_crossed"] as const;

/** What each of them says, in words; one that is not listed here as it is. */
export const EVENT_MEANINGS: Partial<Record<string, string>> = {
  "export.completed": "An export is complete",
  "export.failed": "An export failed",
  "schedule.missed": "A schedule was missed",
  "segment.threshold_crossed": "A segment crossed a threshold",
  "webhook.test": "A test",
};

const ENDPOINTS = "/api/v1/webhooks/endpoints";
const MESSAGES = "/api/v1/webhooks/messages";
const WATCHES = "/api/v1/webhooks/watches";
const watch = (id: string) => `${WATCHES}/${encodeURIComponent(id)}`;
const endpoint = (id: string) => `${ENDPOINTS}/${encodeURIComponent(id)}`;

/** How often queues and watches are looked at while they are on the screen; what failed waits for somebody to try again. */
const look = ({ state }: { state: { status: string } }) => (state.status === "error" ? false : 3000);

/** The endpoints with their queues. */
export const endpointsQuery = () =>
  queryOptions({
    queryKey: ["webhooks", "endpoints"],
    queryFn: ({ signal }) => call<WebhookEndpoints>(ENDPOINTS, { signal }),
    refetchInterval: look,
  });

/** Messages of an endpoint, newest first. */
export const messagesQuery = (id: string, state: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ["webhooks", "messages", id, state ?? "all"],
    queryFn: ({ signal, pageParam }) =>
      call<WebhookMessages>(`${MESSAGES}${query({ endpoint: id, state, cursor: pageParam, limit: 50 })}`, { signal }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: look,
  });

/** Makes an endpoint; the answer is the only one with its secret. */
export const makeEndpoint = (body: NewEndpoint) => call<EndpointWithSecret>(ENDPOINTS, { body });

/** Changes an endpoint that is still at the revision given. */
export const changeEndpoint = (id: string, body: EndpointChange) => call<WebhookEndpoint>(endpoint(id), { method: "PUT", body });

/** Takes an endpoint away, with its messages. */
export const removeEndpoint = (id: string) => call<undefined>(endpoint(id), { method: "DELETE" });

/** Sends a test now; it may take half a minute. */
export const testEndpoint = (id: string) => call<WebhookTest>(`${endpoint(id)}/test`, { method: "POST" });

/** A new secret; the one before stays live until the next. */
export const rotateSecret = (id: string) => call<EndpointWithSecret>(`${endpoint(id)}/rotate-secret`, { body: {} });

/** Sends messages of an endpoint once more. */
export const replayEndpoint = (id: string, body: Replay) => call<Replayed>(`${endpoint(id)}/replay`, { body });

/** Sends a message once more. */
export const replayMessage = (id: string) => call<WebhookMessage>(`${MESSAGES}/${encodeURIComponent(id)}/replay`, { method: "POST" });

/** The watches of segments, and what they saw last. */
export const watchesQuery = () =>
  queryOptions({
    queryKey: ["webhooks", "watches"],
    queryFn: ({ signal }) => call<SegmentWatches>(WATCHES, { signal }),
    refetchInterval: look,
  });

/** Makes a watch, which looks at once. */
export const makeWatch = (body: NewWatch) => call<SegmentWatch>(WATCHES, { body });

/** Watches for something else from now on, and looks at once. */
export const changeWatch = (id: string, body: NewWatch) => call<SegmentWatch>(watch(id), { method: "PUT", body });

/** Takes a watch away. */
export const removeWatch = (id: string) => call<undefined>(watch(id), { method: "DELETE" });
