import { describe, expect, test } from "vitest";
import type { ExportDraft } from "./draft";
import { newComputed, newDraft, newFilter, newWanted } from "./draft";
import { curl } from "./curl";
import { missing } from "./missing";
import { read, readText } from "./read";
import { fieldAt, FORM, write } from "./write";

const draftOf = (body: unknown): ExportDraft => {
  const answer = read(body);
  if ("fault" in answer) throw new Error(answer.fault);
  return answer.draft;
};

const where = { all: [{ parameter: "amount", operator: "at_least", value: 5 }, { parameter: "shop", operator: "equals", value: "a" }] };
const month = { operator: "in_last", value: 30, unit: "day" };

/** Bodies that come back as they were. */
const SAME: unknown[] = [
  { kind: "profiles", format: "parquet" },
  { kind: "profiles", definition: { segment: "seg_1" }, attributes: ["user_id", "age"], format: "csv", formulas: "raw" },
  {
    kind: "events",
    definition: { event: "journey_enter" },
    events: {
      start_date: "2026-09-01T00:00:00Z",
      end_date: "2026-09-02T00:00:00Z",
      dry_runs: true,
      wanted: [
        { event_name: "purchase", params: ["amount", "is_gift"], filters: [{ key: "amount", operator: "gteq", values: [10.5] }, { key: "is_gift", operator: "ne", values: [true] }] },
        { event_name: "journey_exit" },
      ],
    },
    attributes: ["*"],
    format: "ndjson",
    compression: "zstd",
    times: "epoch_milliseconds",
    arrays: "joined",
    array_separator: "|",
    max_rows: 5,
    max_bytes: 4096,
    email: "ada@example.com",
    hook: "https://example.com/done",
    destinations: ["dst_1", "dst_2"],
    as_of: "2026-09-03T00:00:00Z",
    timezone: "Europe/Istanbul",
  },
  { kind: "passes", journeys: { ids: [1004, 1007], start_date: "2026-09-01T00:00:00Z", dry_runs: true }, format: "xlsx" },
  { kind: "messages", format: "arrow", compression: "zstd", times: "rfc3339", time_zone: "Asia/Tokyo" },
  {
    kind: "profiles",
    computed: [
      { name: "orders", event: "purchase", where, time_range: month, measure: "count" },
      { name: "first", event: "purchase", measure: "first_time" },
      { name: "spent", event: "purchase", measure: "sum", parameter: "amount" },
      { name: "vip", segment: "seg_2" },
      { name: "old", definition: { attribute: "age", operator: "at_least", value: 60 } },
      // Measured in a way that no form knows.
      { name: "new", event: "purchase", measure: "median", parameter: "amount" },
    ],
    format: "csv",
    formulas: "refuse",
    delimiter: ";",
    bom: true,
    crlf: true,
    null: "\\N",
    quotes: "all",
    times: "space",
    time_zone: "Asia/Tokyo",
    arrays: "refuse",
  },
  { kind: "events", events: { wanted: [{ event_name: "purchase" }] }, positions: { from: 0 }, format: "csv", formulas: "raw" },
  { kind: "profiles", positions: { from: 1200, to: 1800 }, format: "parquet" },
  { kind: "passes", positions: { after: "exp_1" }, format: "ndjson" },
  // As a job tells it: where the export ended that it was asked to begin behind.
  { kind: "messages", positions: { from: 1200, after: "exp_1", to: 1800 }, format: "arrow" },
  // What the form has no field for stays.
  { kind: "profiles", format: "csv", formulas: "escape", columns: ["email", { column: "profile_id", as: "id" }], new_member: { deep: [1] } },
];

describe("a body read and written again is the same", () => {
  test.each(SAME)("%j", (body) => expect(write(draftOf(body)).body).toEqual(body));
});

test("what a kind does not take is left out, and comes back with the kind", () => {
  const draft = draftOf(SAME[2]);
  const passes = write({ ...draft, kind: "passes" }).body;
  expect(passes).not.toHaveProperty("events");
  expect(passes.journeys).toEqual({ start_date: "2026-09-01T00:00:00Z", end_date: "2026-09-02T00:00:00Z", dry_runs: true });
  expect(write({ ...draft, kind: "profiles" }).body).not.toHaveProperty("journeys");
});

test("what a format does not take is left out", () => {
  const draft = draftOf(SAME[5]);
  const parquet = write({ ...draft, file: { ...draft.file, format: "parquet", compression: "gzip" } }).body;
  expect(Object.keys(parquet).sort()).toEqual(["arrays", "computed", "format", "kind", "time_zone", "times"]);
  const epoch = write({ ...draft, file: { ...draft.file, format: "arrow", compression: "gzip", times: "epoch_seconds" } }).body;
  expect(Object.keys(epoch).sort()).toEqual(["arrays", "computed", "format", "kind"]);
});

test("a body that says nothing of formulas keeps them; a new form escapes them", () => {
  expect(draftOf({ kind: "profiles", format: "csv" }).file.formulas).toBe("raw");
  expect(write(newDraft()).body.formulas).toBe("escape");
});

test("seconds since 1970 become a time", () => {
  const { from, to } = draftOf({ kind: "events", format: "csv", events: { start_date: 1788220800, end_date: 1788220800.5, wanted: [] } });
  expect([from, to]).toEqual(["2026-09-01T00:00:00Z", "2026-09-01T00:00:00.500Z"]);
});

describe("what is no body is refused with its place", () => {
  test.each([
    [5, "The body has to be a JSON object."],
    [[], "The body has to be a JSON object."],
    [{ format: "csv" }, "“kind” has to be one of profiles, events, passes, messages."],
    [{ kind: "events", format: "xml" }, "“format” has to be one of csv, ndjson, parquet, arrow, xlsx."],
    [{ kind: "events", format: "csv", events: { wanted: [{ event_name: "a", params: [1] }] } }, "“events.wanted[0].params[0]” has to be a text."],
    [{ kind: "events", format: "csv", events: { wanted: [{ event_name: "a", filters: [{ key: "p", operator: "like", values: [] }] }] } }, "“events.wanted[0].filters[0].operator” has to be one of eq, ne, lt, gt, lteq, gteq."],
    [{ kind: "events", format: "csv", events: { wanted: [{ event_name: "a", where: {} }] } }, "“events.wanted[0]” has no member “where”."],
    [{ kind: "events", format: "csv", events: { wanted: [], start_date: "soon" } }, "“events.start_date” has to be a time such as 2026-09-01T00:00:00Z."],
    [{ kind: "passes", format: "csv", journeys: { ids: [1.5] } }, "“journeys.ids[0]” has to be a whole number."],
    [{ kind: "profiles", format: "csv", computed: [{ event: "a" }] }, "“computed[0].name” has to be a text."],
    [{ kind: "profiles", format: "csv", positions: 5 }, "“positions” has to be a JSON object."],
    [{ kind: "profiles", format: "csv", positions: { from: -1 } }, "“positions.from” has to be 0 or more."],
    [{ kind: "profiles", format: "csv", positions: { after: 5 } }, "“positions.after” has to be a text."],
    [{ kind: "profiles", format: "csv", positions: { since: 5 } }, "“positions” has no member “since”."],
  ])("%j", (body, fault) => expect(read(body)).toEqual({ fault }));

  test("a text that is no JSON", () => expect(readText("{")).toEqual({ fault: "This is not JSON yet." }));
});

test("what is not whole is missing in its place, and left out of the body", () => {
  const filter = newFilter();
  const unnamed = newComputed();
  const draft: ExportDraft = { ...newDraft(), wanted: [newWanted(), { ...newWanted("purchase"), filters: [filter] }], computed: [unnamed] };
  expect(missing(draft).map(({ id, part }) => [id, part])).toEqual([
    [draft.wanted[0]?.id, "event_name"],
    [filter.id, "key"],
    [unnamed.id, "name"],
    [unnamed.id, "event"],
  ]);
  expect(write(draft).body.events).toEqual({ wanted: [{ event_name: "purchase" }] });
  expect(write(draft).body).not.toHaveProperty("computed");
  expect(missing({ ...draft, kind: "passes" })).toEqual([]);
  expect(missing({ ...draft, wanted: [], computed: [] })).toEqual([{ id: FORM, part: "wanted", message: "Add an event" }]);
});

describe("only what is new", () => {
  const windowed = (window: Partial<ExportDraft["window"]>): ExportDraft => ({ ...newDraft("profiles"), window: { ...newDraft().window, ...window } });
  const places = (draft: ExportDraft) => missing(draft).map(({ part }) => part);

  test("says where it begins before it is in the body", () => {
    expect(places(windowed({ since: "position" }))).toEqual(["from"]);
    expect(places(windowed({ since: "export", from: 5 }))).toEqual(["after"]);
    expect(write(windowed({ since: "export", from: 5, to: 9 })).body).not.toHaveProperty("positions");
    expect(places(windowed({ since: "position", from: 0 }))).toEqual([]);
    expect(places(windowed({ since: "everything", after: "exp_1" }))).toEqual([]);
    expect(write(windowed({ from: 5, after: "exp_1" })).body).not.toHaveProperty("positions");
  });

  test("a window that only ends is read, and asks where it begins", () => {
    const draft = draftOf({ kind: "profiles", format: "csv", positions: { to: 9 } });
    expect(draft.window).toMatchObject({ since: "position", from: null, to: 9 });
    expect(places(draft)).toEqual(["from"]);
  });

  test("what does not go with it is pointed out, and stays in the body until it is taken out", () => {
    const computed = { ...newComputed(), name: "vip", from: "segment" as const, segment: "seg_1" };
    const draft = { ...windowed({ since: "position", from: 0 }), definition: { segment: "seg_1" }, computed: [computed], file: { ...newDraft().file, format: "xlsx" as const } };
    expect(places(draft)).toEqual(["definition", "computed", "format"]);
    expect(write(draft).body).toMatchObject({ positions: { from: 0 }, definition: { segment: "seg_1" }, computed: [{ name: "vip" }] });
    expect(places({ ...draft, window: newDraft().window })).toEqual([]);
    expect(places({ ...draft, kind: "passes", definition: undefined })).toEqual(["format"]);
  });

  test("a refusal is shown at its field", () => {
    for (const part of ["from", "after", "to"]) expect(fieldAt([], `positions.${part}`)).toEqual({ id: FORM, part });
    expect(fieldAt([], "positions")).toEqual({ id: FORM, part: "positions" });
  });
});

test("a refusal is shown at its field, counted in what was written", () => {
  const filter = { ...newFilter(), key: "amount", values: [1] };
  const event = { ...newWanted("purchase"), filters: [newFilter(), filter] };
  const vip = { ...newComputed(), name: "vip", from: "segment" as const, segment: "seg_1" };
  const { places } = write({ ...newDraft(), wanted: [newWanted(), event], computed: [newComputed(), vip] });
  expect(fieldAt(places, "events.wanted[0].event_name")).toEqual({ id: event.id, part: "event_name" });
  expect(fieldAt(places, "events.wanted[0].params[3]")).toEqual({ id: event.id, part: "params" });
  expect(fieldAt(places, "events.wanted[0].filters[0].values[0]")).toEqual({ id: filter.id, part: "values" });
  expect(fieldAt(places, "computed[0].segment")).toEqual({ id: vip.id, part: "segment" });
  expect(fieldAt(places, "events.start_date")).toEqual({ id: FORM, part: "start_date" });
  expect(fieldAt(places, "journeys.ids[2]")).toEqual({ id: FORM, part: "ids" });
  expect(fieldAt(places, "attributes[1]")).toEqual({ id: FORM, part: "attributes" });
  expect(fieldAt(places, "")).toEqual({ id: FORM, part: "" });
});

test("the command carries the body as it is, whatever stands in it", () => {
  const body = { kind: "profiles", null: "it's $HOME `x`" };
  const command = curl("https://wayfare.example", body, true);
  expect(command).toContain("'https://wayfare.example/api/v1/exports'");
  expect(command).toContain('"Authorization: Bearer $WAYFARE_API_KEY"');
  expect(command.split("<<'BODY'\n")[1]).toBe(`${JSON.stringify(body, null, 2)}\nBODY`);
  expect(curl("https://wayfare.example", body, false)).not.toContain("Authorization");
});
