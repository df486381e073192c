/** What is still missing before a form says what to export. */
import { jsonValue, missing as missingInCondition } from "../../filters/complete";
import type { Missing } from "../../filters/complete";
import { takesComputed } from "./draft";
import type { ComputedDraft, ExportDraft, FilterDraft, WindowDraft } from "./draft";

/** Everything that is missing or has to go, in the order of the form. */
export function missing(draft: ExportDraft): Missing[] {
  const wanted = draft.kind === "events" ? draft.wanted : [];
  return [
    ...missingInWindow(draft.window),
    ...conflicts(draft),
    ...(draft.kind === "events" && wanted.length === 0 ? [{ id: "export", part: "wanted", message: "Add an event" }] : []),
    ...wanted.flatMap(({ id, event, filters }) => [
      ...(event === null ? [{ id, part: "event_name", message: "Choose an event" }] : []),
      ...filters.flatMap(missingInFilter),
    ]),
    ...(takesComputed(draft.kind) ? draft.computed.flatMap(missingInComputed) : []),
  ];
}

/** What does not go with only what is new. It stays in the form until somebody takes it out: no export gets wider in silence. */
export function conflicts({ kind, window, definition, computed, file }: ExportDraft): Missing[] {
  if (window.since === "everything") return [];
  const own = (there: boolean, part: string, message: string): Missing[] => (there ? [{ id: "export", part, message }] : []);
  return [
    ...own(definition !== undefined, "definition", "A filter does not go with only what is new: it is about everybody. Take it away, or export everything."),
    ...own(takesComputed(kind) && computed.length > 0, "computed", "Computed columns do not go with only what is new: they read all events. Remove them, or export everything."),
    ...own(file.format === "xlsx", "format", "Workbooks do not go with only what is new: choose another format"),
  ];
}

function missingInWindow({ since, from, after }: WindowDraft): Missing[] {
  if (since === "position" && from === null) return [{ id: "export", part: "from", message: "Say since which position" }];
  return since === "export" && after === null ? [{ id: "export", part: "after", message: "Choose an export" }] : [];
}

export function missingInFilter({ id, key, values }: FilterDraft): Missing[] {
  if (key === null) return [{ id, part: "key", message: "Choose a parameter" }];
  return values.length === 0 ? [{ id, part: "values", message: "Choose a value" }] : [];
}

export function missingInComputed(column: ComputedDraft): Missing[] {
  const { id } = column;
  const need = (there: boolean, part: string, message: string): Missing[] => (there ? [] : [{ id, part, message }]);
  if (column.from === "json") {
    const value = jsonValue(column.text);
    return need(typeof value === "object" && value !== null && !Array.isArray(value), "json", "This is no JSON object yet");
  }
  const named = need(column.name.trim() !== "", "name", "Give it a name");
  switch (column.from) {
    case "segment":
      return [...named, ...need(column.segment !== null, "segment", "Choose a segment")];
    case "definition":
      return [...named, ...need(column.definition !== undefined, "definition", "Choose a filter")];
    case "event":
      return [
        ...named,
        ...need(column.event.event !== null, "event", "Choose an event"),
        ...(column.event.event === null ? [] : missingInCondition(column.event)),
        ...need(column.measure !== "sum" || column.parameter !== null, "parameter", "Choose a parameter"),
      ];
  }
}
