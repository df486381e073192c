import type { Dictionary, EventEntry } from "../../api/types";
import { newWhere } from "../../filters/model";
import type { EventCondition } from "../../filters/model";
import { eventName } from "../../format/names";
import { Choice } from "../../ui/Choice";
import type { Option } from "../../ui/Option";
import { Words } from "../../ui/Words";
import { ConditionCard } from "./ConditionCard";
import { useEditing } from "./editing";
import { useFault } from "./faults";
import classes from "./filter.module.css";
import { HappeningFields } from "./HappeningFields";

interface Props {
  value: EventCondition;
  onChange: (value: EventCondition) => void;
}

/** The parts of an event condition that show their own faults. */
export const EVENT_PARTS = ["event", "times", "time_range", "aggregate"];

/** Whether people did something, in words. */
export const DID = [
  { value: "did", label: "did" },
  { value: "did not", label: "did not" },
] as const;

/** A condition on an event: how often, when, with which parameters, adding up to how much. */
export function EventForm({ value, onChange }: Props) {
  return (
    <ConditionCard condition={value} parts={EVENT_PARTS}>
      <EventFields value={value} onChange={onChange} />
    </ConditionCard>
  );
}

/** What is asked of an event; as a step of a sequence only that it happened. */
export function EventFields({ value, onChange, step }: Props & { step?: boolean }) {
  const { dictionary } = useEditing();
  const error = useFault(value.id, "event");
  return (
    <>
      <div className={classes.line}>
        {!step && (
          <Words
            label="Did or did not"
            width={96}
            value={value.negated ? "did not" : "did"}
            options={DID}
            onChange={(did) => onChange({ ...value, negated: did === "did not" })}
          />
        )}
        <div className={classes.entry}>
          <Choice
            label="Event"
            placeholder="Choose an event"
            options={eventOptions(dictionary)}
            value={value.event}
            onChange={(name) => onChange({ ...value, event: name, where: newWhere(), aggregate: null })}
            error={error}
          />
        </div>
      </div>
      {value.event !== null && (
        <HappeningFields
          event={entryOf(dictionary, value.event)}
          value={value}
          onChange={(change) => onChange({ ...value, ...change })}
          step={step}
        />
      )}
    </>
  );
}

/** The events that are known, with how often they happened. */
export const eventOptions = (dictionary: Dictionary): Option[] =>
  dictionary.events.map((entry) => ({
    value: entry.name,
    label: eventName(entry.name),
    meaning: eventName(entry.name) === entry.name ? undefined : entry.name,
    count: entry.count,
  }));

/** What is known of an event; of one that nobody knows, nothing. */
export const entryOf = (dictionary: Dictionary, name: string): EventEntry =>
  dictionary.events.find((entry) => entry.name === name) ?? { name, table: "", count: 0, parameters: [] };
