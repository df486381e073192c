/** The stream of changes: what the service says by itself, kept in the cache of answers. */
import type { QueryClient } from "@tanstack/react-query";
import { savedCountQuery } from "./savedSegments";
import type { SegmentCounts } from "./types";

/** Counts on the page are asked for again at most this often. */
const PAUSE = 1000;

/** A stream that the service itself refused is opened anew after this long; a broken one the browser reopens. */
const REOPEN = 15_000;

/** Listens until the function that it gives is called. */
export function followChanges(queries: QueryClient): () => void {
  const refresh = atMostEvery(PAUSE, () => void queries.invalidateQueries({ queryKey: ["segments"] }));
  let position = -1;
  let source: EventSource | undefined;
  let reopening: ReturnType<typeof setTimeout> | undefined;
  let opened = false;

  const onCounts = (event: MessageEvent<string>) => {
    const change = JSON.parse(event.data) as SegmentCounts;
    for (const { id, count, population } of change.counts) {
      const { queryKey } = savedCountQuery(id);
      if (count === undefined || population === undefined) {
        // It cannot be evaluated any more: asked for again, the service says why in its own words.
        if (queries.getQueryState(queryKey)?.status === "success") void queries.resetQueries({ queryKey });
        continue;
      }
      const known = queries.getQueryData(queryKey);
      if (known && known.position > change.position) continue;
      const { position: seen, as_of } = change;
      queries.setQueryData(queryKey, { filters: 1, words: "", took_ms: 0, ...known, count, population, position: seen, as_of });
    }
    if (change.position === position) return;
    position = change.position;
    refresh.soon();
  };
  // What one segment means may have changed for all that refer to it.
  const onSegments = () => {
    void queries.invalidateQueries({ queryKey: ["saved"] });
    refresh.soon();
  };
  const open = () => {
    source = new EventSource("/api/v1/segments/changes");
    source.addEventListener("counts", onCounts);
    source.addEventListener("segments", onSegments);
    source.onopen = () => {
      // What changed while there was no stream was not said.
      if (opened) onSegments();
      opened = true;
    };
    source.onerror = () => {
      if (source?.readyState === EventSource.CLOSED) reopening = setTimeout(open, REOPEN);
    };
  };
  open();
  return () => {
    source?.close();
    clearTimeout(reopening);
    refresh.cancel();
  };
}

/** Does something at once, and then at most once in a pause; the last wish is always granted. */
export function atMostEvery(pause: number, act: () => void): { soon: () => void; cancel: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wished = false;
  const run = () => {
    wished = false;
    act();
    timer = setTimeout(() => {
      timer = undefined;
      if (wished) run();
    }, pause);
  };
  return {
    soon: () => {
      if (timer === undefined) run();
      else wished = true;
    },
    cancel: () => clearTimeout(timer),
  };
}
