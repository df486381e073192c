import { queryOptions } from "@tanstack/react-query";
import { call } from "./client";

/** What is done with a column before a key gets to see it. */
export type Treatment = "keep" | "drop" | "mask" | "hash" | "coarsen" | "group";

/** What a key gets to see of a column. */
export interface PolicyRule {
  /** An attribute, an identifier, `event.parameter`, or `*.parameter` of every event. */
  column: string;
  do: Treatment;
  /** Of `mask`: how many characters at the end stay. */
  keep_last?: number;
  /** Of `coarsen`: a part of the calendar, `district` of a postcode, or the step of a number. */
  to?: "year" | "quarter" | "month" | "week" | "day" | "hour" | "district" | number;
  /** Of `group`: how many people a value must have in common to stay. */
  of?: number;
}

/** What a key with a policy gets to see. */
export interface Policy {
  rules: PolicyRule[];
  /** What happens with columns that no rule names. */
  otherwise?: "keep" | "drop";
  /** How many people an export must be of. */
  minimum_group?: number;
}

/** A named API key, without its secret. */
export interface ApiKey {
  id: string;
  name: string;
  /** How its secret begins. */
  hint: string;
  policy?: Policy;
  disabled: boolean;
  revision: number;
  created_at: string;
  created_by: string;
  last_used_at?: string;
}

/** A key with its secret, which is told this once. */
export interface ApiKeyWithSecret extends ApiKey {
  secret: string;
}

/** Named API keys. */
export interface ApiKeys {
  keys: ApiKey[];
}

/** A key to make. */
export interface NewApiKey {
  name: string;
  policy?: Policy;
}

/** What a key is from now on; with null for a policy it shows everything. */
export interface ApiKeyChange {
  name: string;
  policy: Policy | null;
  disabled?: boolean;
  revision: number;
}

const KEYS = "/api/v1/keys";
const one = (id: string) => `${KEYS}/${encodeURIComponent(id)}`;

/** The named keys. */
export const keysQuery = () =>
  queryOptions({
    queryKey: ["keys"],
    queryFn: ({ signal }) => call<ApiKeys>(KEYS, { signal }),
  });

/** Makes a key; the answer is the only one with its secret. */
export const makeKey = (body: NewApiKey) => call<ApiKeyWithSecret>(KEYS, { body });

/** Changes a key that is still at the revision given. A conflict (409) means that somebody else did meanwhile. */
export const changeKey = (id: string, body: ApiKeyChange) => call<ApiKey>(one(id), { method: "PUT", body });

/** Takes a key away: whoever uses it is refused from then on. */
export const removeKey = (id: string) => call<undefined>(one(id), { method: "DELETE" });

/** A new secret; the one before ends at once. */
export const rotateKeySecret = (id: string) => call<ApiKeyWithSecret>(`${one(id)}/rotate-secret`, { method: "POST" });
