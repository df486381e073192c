import { CloseButton, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { savedSegmentsQuery } from "../../api/savedSegments";
import type { Dictionary } from "../../api/types";
import { newWhere } from "../../filters/model";
import { Choice } from "../../ui/Choice";
import { Pick } from "../../ui/Pick";
import { entryOf, eventOptions } from "../filter/EventForm";
import { useFault } from "../filter/faults";
import { FilterBar } from "../filter/FilterBar";
import { HappeningFields } from "../filter/HappeningFields";
import { parameterOptions } from "../filter/ParameterLine";
import type { ComputedDraft } from "./draft";
import classes from "./export.module.css";

/** What a column can say, each with where it comes from. */
const SAYS = [
  { value: "count", label: "How often an event happened" },
  { value: "first_time", label: "When an event first happened" },
  { value: "last_time", label: "When an event last happened" },
  { value: "sum", label: "The sum of an event's parameter" },
  { value: "segment", label: "Whether in a saved segment" },
  { value: "definition", label: "Whether a filter holds" },
] as const;

type Says = (typeof SAYS)[number]["value"];

interface Props {
  number: number;
  dictionary: Dictionary;
  value: ComputedDraft;
  onChange: (value: ComputedDraft) => void;
  onRemove: () => void;
}

/** One computed column: its name and what it says. */
export function ComputedColumn({ number, dictionary, value, onChange, onRemove }: Props) {
  const faults = { name: useFault(value.id, "name"), json: useFault(value.id, "json"), says: useFault(value.id, "measure", "") };
  const name = `Computed column ${number}`;
  return (
    <div className={classes.card} role="group" aria-label={value.name ? `${name}: ${value.name}` : name}>
      <div className={classes.cardHead}>
        {name}
        <CloseButton size="sm" aria-label={`Remove ${name.toLowerCase()}`} onClick={onRemove} />
      </div>
      {value.from === "json" ? (
        <Textarea
          label="Column in JSON"
          description="No form fits this, so it stays as it is written."
          autosize
          minRows={3}
          maxRows={12}
          spellCheck={false}
          styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: "0.8125rem" } }}
          value={value.text}
          onChange={(event) => onChange({ ...value, text: event.currentTarget.value })}
          error={faults.json ?? faults.says}
        />
      ) : (
        <>
          <div className={classes.line}>
            <div className={classes.entry}>
              <TextInput
                label="Column name"
                value={value.name}
                onChange={(event) => onChange({ ...value, name: event.currentTarget.value })}
                error={faults.name}
              />
            </div>
            <div className={classes.entry} style={{ flex: 2 }}>
              <Pick label="It says" options={SAYS} value={value.from === "event" ? value.measure : value.from} onChange={(says) => onChange(saying(value, says))} error={faults.says} />
            </div>
          </div>
          <div style={{ marginBlockStart: 10 }}>
            {value.from === "event" && <OfEvent dictionary={dictionary} value={value} onChange={onChange} />}
            {value.from === "segment" && <OfSegment value={value} onChange={onChange} />}
            {value.from === "definition" && <OfFilter value={value} onChange={onChange} />}
          </div>
        </>
      )}
    </div>
  );
}

const saying = (value: ComputedDraft, says: Says): ComputedDraft =>
  says === "segment" || says === "definition" ? { ...value, from: says } : { ...value, from: "event", measure: says };

type PartProps = Omit<Props, "number" | "dictionary" | "onRemove">;

function OfEvent({ dictionary, value, onChange }: PartProps & { dictionary: Dictionary }) {
  const { event: condition, measure, parameter } = value;
  const faults = { event: useFault(value.id, "event"), parameter: useFault(value.id, "parameter") };
  const entry = condition.event === null ? undefined : entryOf(dictionary, condition.event);
  return (
    <>
      <div className={classes.line}>
        <div className={classes.entry}>
          <Choice
            label="Event of the column"
            placeholder="Choose an event"
            options={eventOptions(dictionary)}
            value={condition.event}
            onChange={(event) => onChange({ ...value, parameter: null, event: { ...condition, event, where: newWhere() } })}
            error={faults.event}
          />
        </div>
        {measure === "sum" && entry && (
          <div className={classes.entry}>
            <Choice
              label="Parameter that is added up"
              placeholder="Choose a parameter"
              options={parameterOptions(entry)}
              value={parameter}
              onChange={(chosen) => onChange({ ...value, parameter: chosen })}
              error={faults.parameter}
            />
          </div>
        )}
      </div>
      {entry && (
        <div style={{ marginBlockStart: 8 }}>
          <HappeningFields event={entry} value={condition} onChange={(change) => onChange({ ...value, event: { ...condition, ...change } })} step />
        </div>
      )}
    </>
  );
}

function OfSegment({ value, onChange }: PartProps) {
  const saved = useQuery(savedSegmentsQuery());
  const error = useFault(value.id, "segment");
  return (
    <Choice
      label="Segment of the column"
      placeholder={saved.data?.segments.length === 0 ? "No segment is saved yet" : "Choose a segment"}
      options={saved.data?.segments.map(({ id, name, words }) => ({ value: id, label: name, meaning: words })) ?? []}
      value={value.segment}
      onChange={(segment) => onChange({ ...value, segment })}
      error={error}
    />
  );
}

function OfFilter({ value, onChange }: PartProps) {
  const error = useFault(value.id, "definition");
  return (
    <div className={classes.line} style={{ alignItems: "center" }}>
      <FilterBar applied={value.definition} asOf={undefined} onApply={(definition) => onChange({ ...value, definition })} />
      {error && (
        <span role="alert" style={{ color: "var(--mantine-color-error)", fontSize: "0.75rem" }}>
          {error}
        </span>
      )}
    </div>
  );
}
