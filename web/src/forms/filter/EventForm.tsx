import { Button, CloseButton, Group, SegmentedControl } from "@mantine/core";
import IconBolt from "@tabler/icons-react/icons/IconBolt";
import IconMathFunction from "@tabler/icons-react/icons/IconMathFunction";
import IconPlus from "@tabler/icons-react/icons/IconPlus";
import type { Dictionary, EventEntry } from "../../api/types";
import { atLeastOnce, newParameter } from "../../filters/model";
import type { EventCondition, ParameterCondition } from "../../filters/model";
import { eventName } from "../../format/names";
import { Choice } from "../../ui/Choice";
import { Words } from "../../ui/Words";
import { AggregateLine } from "./AggregateLine";
import { AmountInput } from "./AmountInput";
import { ConditionCard } from "./ConditionCard";
import { useFault } from "./faults";
import classes from "./filter.module.css";
import { ParameterLine } from "./ParameterLine";
import { RangeInput } from "./RangeInput";

interface Props {
  dictionary: Dictionary;
  value: EventCondition;
  onChange: (value: EventCondition) => void;
  onRemove: () => void;
}

const PARTS = ["event", "times", "time_range", "aggregate"];

/** Whether people did something, in words. */
export const DID = [
  { value: "did", label: "did" },
  { value: "did not", label: "did not" },
] as const;

/** A condition on an event: how often, when, with which parameters, adding up to how much. */
export function EventForm({ dictionary, value, onChange, onRemove }: Props) {
  const patch = (change: Partial<EventCondition>) => onChange({ ...value, ...change });
  const event = dictionary.events.find((entry) => entry.name === value.event);
  const errors = {
    event: useFault(value.id, "event"),
    times: useFault(value.id, "times"),
    range: useFault(value.id, "time_range"),
  };
  const options = dictionary.events.map((entry) => ({
    value: entry.name,
    label: eventName(entry.name),
    meaning: eventName(entry.name) === entry.name ? undefined : entry.name,
    count: entry.count,
  }));
  return (
    <ConditionCard id={value.id} icon={<IconBolt size={14} />} title="Event" parts={PARTS} onRemove={onRemove}>
      <div className={classes.line}>
        <Words
          label="Did or did not"
          width={96}
          value={value.negated ? "did not" : "did"}
          options={DID}
          onChange={(did) => patch({ negated: did === "did not" })}
        />
        <div className={classes.entry}>
          <Choice
            label="Event"
            placeholder="Choose an event"
            options={options}
            value={value.event}
            onChange={(name) => patch({ event: name, where: [], aggregate: null })}
            error={errors.event}
          />
        </div>
      </div>
      {event && (
        <>
          <div className={classes.line}>
            <AmountInput label="Times" whole value={value.times} onChange={(times) => patch({ times })} error={errors.times} />
            <span className={classes.lead} style={{ minWidth: 0 }}>
              {value.times.operator !== "between" && value.times.value === 1 ? "time" : "times"}
            </span>
            <RangeInput value={value.range} onChange={(range) => patch({ range })} error={errors.range} />
          </div>
          <Where event={event} value={value} patch={patch} />
          {value.aggregate && (
            <AggregateLine id={value.id} event={event} value={value.aggregate} onChange={(aggregate) => patch({ aggregate })} />
          )}
          <Group gap={4} mt={8}>
            <Button
              size="compact-sm"
              variant="subtle"
              leftSection={<IconPlus size={14} />}
              onClick={() => patch({ where: [...value.where, newParameter()] })}
            >
              Parameter
            </Button>
            {!value.aggregate && event.parameters.length > 0 && (
              <Button
                size="compact-sm"
                variant="subtle"
                leftSection={<IconMathFunction size={14} />}
                onClick={() => patch({ aggregate: { function: "sum", parameter: null, amount: atLeastOnce() } })}
              >
                Sum or average
              </Button>
            )}
          </Group>
        </>
      )}
    </ConditionCard>
  );
}

interface WhereProps {
  event: EventEntry;
  value: EventCondition;
  patch: (change: Partial<EventCondition>) => void;
}

function Where({ event, value, patch }: WhereProps) {
  const change = (row: ParameterCondition) =>
    patch({ where: value.where.map((known) => (known.id === row.id ? row : known)) });
  return (
    <>
      {value.where.length > 1 && (
        <div className={classes.line} style={{ alignItems: "center" }}>
          <SegmentedControl
            size="xs"
            aria-label="How parameters are joined"
            data={[
              { value: "all", label: "all of" },
              { value: "any", label: "any of" },
            ]}
            value={value.joiner}
            onChange={(joiner) => patch({ joiner: joiner === "any" ? "any" : "all" })}
          />
          <span className={classes.lead} style={{ padding: 0 }}>
            these parameters
          </span>
        </div>
      )}
      {value.where.map((row) => (
        <div className={`${classes.line ?? ""} ${classes.row ?? ""}`} key={row.id}>
          <ParameterLine event={event} rows={value.where} value={row} onChange={change} />
          <CloseButton
            aria-label="Remove parameter"
            mt={4}
            onClick={() => patch({ where: value.where.filter((known) => known.id !== row.id) })}
          />
        </div>
      ))}
    </>
  );
}
