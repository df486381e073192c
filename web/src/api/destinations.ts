import { queryOptions } from "@tanstack/react-query";
import { call } from "./client";
import type { Destination, DestinationChange, Destinations, DestinationSettings, DestinationTest, ExportJob, NewDestination } from "./types";

const one = (id: string) => `/api/v1/destinations/${encodeURIComponent(id)}`;

/** The destinations, by name. */
export const destinationsQuery = () =>
  queryOptions({
    queryKey: ["destinations"],
    queryFn: ({ signal }) => call<Destinations>("/api/v1/destinations", { signal }),
  });

/** Makes a destination. */
export const makeDestination = (body: NewDestination) => call<Destination>("/api/v1/destinations", { body });

/** Changes one. A conflict (409) means that somebody else did meanwhile. */
export const changeDestination = (id: string, body: DestinationChange) => call<Destination>(one(id), { method: "PUT", body });

/** Deletes one with its secrets. */
export const removeDestination = (id: string) => call<undefined>(one(id), { method: "DELETE" });

/** Tests one as it is kept. */
export const testDestination = (id: string) => call<DestinationTest>(`${one(id)}/test`, { method: "POST" });

/** Tests settings that are not kept; secrets that stay are those of the destination `id`. */
export const testSettings = (settings: DestinationSettings, id?: string) =>
  call<DestinationTest>("/api/v1/destinations/test", { body: { settings, id } });

/** Sends an export to destinations, or once more where it did not arrive. */
export const deliverExport = (id: string, destinations: string[]) =>
  call<ExportJob>(`/api/v1/exports/${encodeURIComponent(id)}/deliver`, { body: { destinations } });
