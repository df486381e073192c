/** Answers computed straight from the bundled data, in the plainest way. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

const DEMO = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../demo");

interface DemoEvent {
  user_id: string;
  event: string;
  params: { journey_id?: number; channel_code?: string; action_code?: number };
}

interface DemoProfile {
  user_id: string;
  attributes: Record<string, string | number>;
}

const lines = (name: string): unknown[] =>
  gunzipSync(readFileSync(path.join(DEMO, name)))
    .toString()
    .split("\n")
    .filter((line) => line !== "")
    .map((line): unknown => JSON.parse(line));

/** All bundled profiles by user id. */
export const profiles = (): Map<string, DemoProfile> =>
  new Map((lines("profiles.ndjson.gz") as DemoProfile[]).map((profile) => [profile.user_id, profile]));

/** All bundled events. */
export const demoEvents = (): DemoEvent[] => lines("events.ndjson.gz") as DemoEvent[];

/** User ids that were sent the e-mail of a journey but never opened it, sorted. */
export function sentButNeverOpened(journey: number): string[] {
  const sent = new Set<string>();
  const opened = new Set<string>();
  for (const { user_id, event, params } of demoEvents()) {
    if (event !== "journey_product_action" || params.journey_id !== journey || params.channel_code !== "EM") continue;
    if (params.action_code === 1) sent.add(user_id);
    if (params.action_code === 4) opened.add(user_id);
  }
  return [...sent].filter((user) => !opened.has(user)).sort();
}
