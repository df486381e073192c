import { Text } from "@mantine/core";
import type { TimeRange } from "../../filters/model";
import { Words } from "../../ui/Words";
import { DurationInput, InstantInput } from "./TimeInputs";

const RANGES: readonly { value: TimeRange["operator"]; label: string }[] = [
  { value: "all_time", label: "at any time" },
  { value: "in_last", label: "in the last" },
  { value: "between", label: "between" },
  { value: "before", label: "before" },
  { value: "after", label: "on or after" },
];

interface Props {
  value: TimeRange;
  onChange: (value: TimeRange) => void;
  error?: string;
}

/** When something happened. */
export function RangeInput({ value, onChange, error }: Props) {
  const patch = (change: Partial<TimeRange>) => onChange({ ...value, ...change });
  return (
    <>
      <Words
        label="Time range"
        width={130}
        value={value.operator}
        options={RANGES}
        onChange={(operator) => patch({ operator, amount: value.amount ?? (operator === "in_last" ? 30 : null) })}
      />
      {value.operator === "in_last" && (
        <DurationInput
          label="Time range"
          amount={value.amount}
          unit={value.unit}
          onChange={(amount, unit) => patch({ amount, unit })}
          error={error}
        />
      )}
      {value.operator === "between" && (
        <>
          <InstantInput label="From" value={value.from} onChange={(from) => patch({ from })} error={error} />
          <Text size="sm" c="dimmed" pt={8}>
            and before
          </Text>
          <InstantInput label="To" value={value.to} onChange={(to) => patch({ to })} error={error && " "} />
        </>
      )}
      {(value.operator === "before" || value.operator === "after") && (
        <InstantInput label="Time" value={value.value} onChange={(instant) => patch({ value: instant })} error={error} />
      )}
    </>
  );
}
