import { Button, CloseButton, Group } from "@mantine/core";
import IconFilter from "@tabler/icons-react/icons/IconFilter";
import type { Dictionary } from "../../api/types";
import { eventName } from "../../format/names";
import { Choice } from "../../ui/Choice";
import { Choices } from "../../ui/Choices";
import { entryOf, eventOptions } from "../filter/EventForm";
import { useFault } from "../filter/faults";
import { parameterOptions } from "../filter/ParameterLine";
import { newFilter } from "./draft";
import type { FilterDraft, WantedDraft } from "./draft";
import { EventFilter } from "./EventFilter";
import classes from "./export.module.css";

interface Props {
  number: number;
  dictionary: Dictionary;
  /** The events that are wanted already; each is wanted once. */
  taken: string[];
  value: WantedDraft;
  onChange: (value: WantedDraft) => void;
  onRemove: (() => void) | undefined;
}

/** One event: which of its parameters become columns, and what has to hold of it. */
export function WantedEvent({ number, dictionary, taken, value, onChange, onRemove }: Props) {
  const { event, params, filters } = value;
  const faults = { event: useFault(value.id, "event_name"), params: useFault(value.id, "params", "filters") };
  const name = `Event ${number}`;
  const entry = event === null ? undefined : entryOf(dictionary, event);
  const changeFilter = (changed: FilterDraft) => onChange({ ...value, filters: filters.map((known) => (known.id === changed.id ? changed : known)) });
  return (
    <div className={classes.card} role="group" aria-label={event === null ? name : `${name}: ${eventName(event)}`}>
      <div className={classes.cardHead}>
        {name}
        {onRemove && <CloseButton size="sm" aria-label={`Remove ${name.toLowerCase()}`} onClick={onRemove} />}
      </div>
      <div className={classes.line}>
        <div className={classes.entry}>
          <Choice
            label="Event"
            labelled
            placeholder="Choose an event"
            options={eventOptions(dictionary).filter((option) => option.value === event || !taken.includes(option.value))}
            value={event}
            onChange={(chosen) => onChange({ ...value, event: chosen, params: [], filters: [] })}
            error={faults.event}
          />
        </div>
        <div className={classes.entry} style={{ flex: 2 }}>
          <Choices
            label="Parameters as columns"
            labelled
            placeholder={entry ? "None: only when, and whose" : "Choose an event first"}
            options={entry ? parameterOptions(entry) : []}
            values={params}
            onChange={(chosen) => onChange({ ...value, params: chosen })}
            error={faults.params}
          />
        </div>
      </div>
      {entry && (
        <>
          {filters.map((filter) => (
            <EventFilter
              key={filter.id}
              event={entry}
              value={filter}
              onChange={changeFilter}
              onRemove={() => onChange({ ...value, filters: filters.filter(({ id }) => id !== filter.id) })}
            />
          ))}
          <Group gap={4} mt={8}>
            <Button
              size="compact-sm"
              variant="subtle"
              leftSection={<IconFilter size={14} />}
              onClick={() => onChange({ ...value, filters: [...filters, newFilter()] })}
            >
              {filters.length === 0 ? "Only where…" : "And where…"}
            </Button>
            {params.length < entry.parameters.length && (
              <Button size="compact-sm" variant="subtle" onClick={() => onChange({ ...value, params: parameterOptions(entry).map((option) => option.value) })}>
                All parameters
              </Button>
            )}
          </Group>
        </>
      )}
    </div>
  );
}
