import { CloseButton } from "@mantine/core";
import type { EventEntry, FilterOperator } from "../../api/types";
import { ValuesInput } from "../../components/ValuesInput";
import { parameterName } from "../../format/names";
import { Choice } from "../../ui/Choice";
import { Words } from "../../ui/Words";
import { useFault } from "../filter/faults";
import { OneInput } from "../filter/OneInput";
import { parameterOptions } from "../filter/ParameterLine";
import type { FilterDraft } from "./draft";
import classes from "./export.module.css";

const OPERATORS: readonly { value: FilterOperator; label: string }[] = [
  { value: "eq", label: "is" },
  { value: "ne", label: "is not" },
  { value: "lt", label: "is less than" },
  { value: "lteq", label: "is at most" },
  { value: "gt", label: "is greater than" },
  { value: "gteq", label: "is at least" },
];

const several = (operator: FilterOperator): boolean => operator === "eq" || operator === "ne";

interface Props {
  event: EventEntry;
  value: FilterDraft;
  onChange: (value: FilterDraft) => void;
  onRemove: () => void;
}

/** A condition on a parameter of the event; all conditions have to hold. */
export function EventFilter({ event, value, onChange, onRemove }: Props) {
  const { key, operator, values } = value;
  const faults = { key: useFault(value.id, "key"), operator: useFault(value.id, "operator"), values: useFault(value.id, "values") };
  const type = event.parameters.find((known) => known.name === key)?.type ?? "string";
  const subject = key === null ? "Filter" : parameterName(event.name, key);
  return (
    <div className={classes.line} style={{ marginBlockStart: 8 }} role="group" aria-label={`Only where ${subject}`}>
      <Choice
        label="Parameter"
        placeholder="Choose a parameter"
        width={180}
        options={parameterOptions(event)}
        value={key}
        onChange={(chosen) => onChange({ ...value, key: chosen, values: [] })}
        error={faults.key}
      />
      <Words
        label={`${subject}: comparison`}
        width={132}
        value={operator}
        options={OPERATORS}
        onChange={(chosen) => onChange({ ...value, operator: chosen, values: several(chosen) ? values : values.slice(0, 1) })}
        error={faults.operator}
      />
      {key !== null && (
        <div className={classes.entry}>
          {several(operator) ? (
            <ValuesInput
              label={`${subject}: value`}
              source={{ event: event.name, parameter: key }}
              type={type}
              values={values}
              onChange={(chosen) => onChange({ ...value, values: chosen })}
              error={faults.values}
            />
          ) : (
            <OneInput
              label={`${subject}: value`}
              type={type}
              value={values[0] ?? null}
              onChange={(one) => onChange({ ...value, values: one === null ? [] : [one] })}
              error={faults.values}
            />
          )}
        </div>
      )}
      <CloseButton mt={4} aria-label={`Remove filter of ${subject}`} onClick={onRemove} />
    </div>
  );
}
