import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { atMostEvery, followChanges } from "./changes";
import { savedCountQuery } from "./savedSegments";
import { countQuery, EVERYONE } from "./segments";

/** A stream that says what a test wants it to say. */
class Stream extends EventTarget {
  static readonly CLOSED = 2;
  static opened: Stream[] = [];
  readyState = 1;
  onerror: (() => void) | null = null;
  onopen: (() => void) | null = null;
  constructor(readonly url: string) {
    super();
    Stream.opened.push(this);
  }
  close(): void {
    this.readyState = Stream.CLOSED;
  }
  say(name: string, data: unknown): void {
    this.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(data) }));
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", Stream);
  Stream.opened = [];
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const counts = (position: number, count: number) => ({
  position,
  as_of: "2026-09-01T00:00:00Z",
  counts: [{ id: "seg_1", version: 1, count, population: 10 }],
});

/** A cache with one count of everyone, and the number of times that it was said to be stale. */
function follow() {
  const queries = new QueryClient();
  const stale = vi.spyOn(queries, "invalidateQueries");
  queries.setQueryData(countQuery(EVERYONE, undefined).queryKey, undefined);
  const stop = followChanges(queries);
  const [stream] = Stream.opened;
  if (!stream) throw new Error("no stream was opened");
  return { queries, stale, stop, stream, shown: () => queries.getQueryData(savedCountQuery("seg_1").queryKey)?.count };
}

test("counts of saved segments are those that the stream says, never older ones", () => {
  const { stream, shown } = follow();
  stream.say("counts", counts(5, 3));
  expect(shown()).toBe(3);
  stream.say("counts", counts(4, 9));
  expect(shown()).toBe(3);
  stream.say("counts", counts(6, 4));
  expect(shown()).toBe(4);
});

test("a saved segment that cannot be counted any more loses its count, to be told why", () => {
  const { stream, shown, queries } = follow();
  stream.say("counts", counts(5, 3));
  const reset = vi.spyOn(queries, "resetQueries");
  const failing = { position: 6, as_of: "2026-09-01T00:00:01Z", counts: [{ id: "seg_1", version: 1, error: "gone" }] };
  stream.say("counts", failing);
  stream.say("counts", failing);
  expect(shown()).toBeUndefined();
  expect(reset).toHaveBeenCalledTimes(1);
});

test("other counts are asked for again on a new position, at most once a second", () => {
  const { stream, stale } = follow();
  for (const position of [1, 1, 2, 3]) stream.say("counts", counts(position, 1));
  expect(stale).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(1000);
  expect(stale).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(5000);
  expect(stale).toHaveBeenCalledTimes(2);
});

test("what was saved is read again when it changed", () => {
  const { stream, stale } = follow();
  stream.say("segments", {});
  expect(stale).toHaveBeenCalledWith({ queryKey: ["saved"] });
});

test("what changed while the stream was broken is read when it is back", () => {
  const { stream, stale } = follow();
  stream.onopen?.();
  expect(stale).not.toHaveBeenCalled();
  stream.onopen?.();
  expect(stale).toHaveBeenCalledWith({ queryKey: ["saved"] });
  expect(stale).toHaveBeenCalledWith({ queryKey: ["segments"] });
});

test("a stream that the service refused is opened anew, a stopped one is not", () => {
  const { stream, stop } = follow();
  stream.onerror?.();
  vi.advanceTimersByTime(60_000);
  expect(Stream.opened).toHaveLength(1);
  stream.close();
  stream.onerror?.();
  vi.advanceTimersByTime(15_000);
  expect(Stream.opened).toHaveLength(2);
  stop();
  Stream.opened[1]?.onerror?.();
  stop();
  vi.advanceTimersByTime(60_000);
  expect(Stream.opened).toHaveLength(2);
});

test("the last wish is granted", () => {
  const act = vi.fn();
  const { soon, cancel } = atMostEvery(100, act);
  soon();
  soon();
  soon();
  vi.advanceTimersByTime(100);
  expect(act).toHaveBeenCalledTimes(2);
  soon();
  cancel();
  vi.advanceTimersByTime(1000);
  expect(act).toHaveBeenCalledTimes(2);
});
