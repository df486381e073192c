import type { EventEntry } from "../../api/types";
import { newComparison } from "../../filters/model";
import type { ParameterCondition } from "../../filters/model";
import { operatorsFor } from "../../filters/operators";
import { parameterName } from "../../format/names";
import { Choice } from "../../ui/Choice";
import type { Option } from "../../ui/Option";
import { ComparisonInput } from "./ComparisonInput";
import { useFault } from "./faults";

interface Props {
  event: EventEntry;
  /** All rows of the condition: a journey chosen in one narrows the values of the others. */
  rows: ParameterCondition[];
  value: ParameterCondition;
  onChange: (value: ParameterCondition) => void;
}

/** One parameter of an event and what it is compared with. */
export function ParameterLine({ event, rows, value, onChange }: Props) {
  const error = useFault(value.id, "parameter");
  const field = event.parameters.find((known) => known.name === value.parameter);
  const typeOf = (name: string | null) => event.parameters.find((known) => known.name === name)?.type ?? "string";
  const choose = (parameter: string | null) =>
    onChange({ ...value, parameter, comparison: newComparison(operatorsFor(typeOf(parameter))[0]?.name) });
  return (
    <>
      <Choice
        label="Parameter"
        placeholder="Choose a parameter"
        width={180}
        options={parameterOptions(event)}
        value={value.parameter}
        onChange={choose}
        error={error}
      />
      {value.parameter && (
        <ComparisonInput
          key={value.parameter}
          id={value.id}
          subject={parameterName(event.name, value.parameter)}
          type={field?.type ?? "string"}
          source={{
            event: event.name,
            parameter: value.parameter,
            journey_id: value.parameter === "journey_id" ? undefined : journeyOf(rows),
          }}
          value={value.comparison}
          onChange={(comparison) => onChange({ ...value, comparison })}
        />
      )}
    </>
  );
}

/** The parameters of an event, those that occur first. */
export function parameterOptions(event: EventEntry): Option[] {
  return [...event.parameters]
    .sort((a, b) => Number(b.values > 0) - Number(a.values > 0))
    .map((field) => {
      const label = parameterName(event.name, field.name);
      return { value: field.name, label, meaning: label === field.name ? field.type : `${field.name} · ${field.type}`, count: field.values };
    });
}

function journeyOf(rows: ParameterCondition[]): number | undefined {
  const row = rows.find((known) => known.parameter === "journey_id" && known.comparison.operator === "in");
  const value = row && !row.comparison.negated && row.comparison.values.length === 1 ? row.comparison.values[0] : undefined;
  return typeof value === "number" ? value : undefined;
}
