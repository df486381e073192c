import { Text } from "@mantine/core";
import { CALENDAR_UNITS } from "../../filters/model";
import type { TimeRange, Unit } from "../../filters/model";
import { Words } from "../../ui/Words";
import { DurationInput, InstantInput } from "./TimeInputs";

type Kind = TimeRange["operator"] | "this" | "calendar";

const RANGES: readonly { value: Kind; label: string }[] = [
  { value: "all_time", label: "at any time" },
  { value: "in_last", label: "in the last" },
  { value: "this", label: "in this" },
  { value: "calendar", label: "in the last (calendar)" },
  { value: "between", label: "between" },
  { value: "before", label: "before" },
  { value: "after", label: "on or after" },
];

/** The current unit of the calendar, in words. */
const CURRENT: Partial<Record<Unit, string>> = { day: "day (today)", week: "week (from Monday)", month: "month" };

interface Props {
  value: TimeRange;
  onChange: (value: TimeRange) => void;
  error?: string;
}

/** When something happened. */
export function RangeInput({ value, onChange, error }: Props) {
  const patch = (change: Partial<TimeRange>) => onChange({ ...value, ...change });
  const kind: Kind = value.operator !== "in_last" || !value.calendar ? value.operator : value.calendar === "this" ? "this" : "calendar";
  const choose = (chosen: Kind) => {
    if (chosen !== "in_last" && chosen !== "this" && chosen !== "calendar") {
      patch({ operator: chosen, calendar: null });
      return;
    }
    const calendar = chosen === "in_last" ? null : chosen === "this" ? "this" : "last";
    const unit = calendar && !CALENDAR_UNITS.includes(value.unit) ? "day" : value.unit;
    const amount = value.amount ?? (calendar ? 2 : 30);
    patch({ operator: "in_last", calendar, amount, unit });
  };
  return (
    <>
      <Words label="Time range" width={186} value={kind} options={RANGES} onChange={choose} />
      {kind === "in_last" && (
        <DurationInput
          label="Time range"
          amount={value.amount}
          unit={value.unit}
          onChange={(amount, unit) => patch({ amount, unit })}
          error={error}
        />
      )}
      {kind === "this" && (
        <Words
          label="Time range: unit"
          width={170}
          value={value.unit}
          options={CALENDAR_UNITS.map((unit) => ({ value: unit, label: CURRENT[unit] ?? unit }))}
          onChange={(unit) => patch({ unit })}
          error={error}
        />
      )}
      {kind === "calendar" && (
        <>
          <DurationInput
            label="Time range"
            amount={value.amount}
            unit={value.unit}
            days
            kind="calendar "
            onChange={(amount, unit) => patch({ amount, unit })}
            error={error}
          />
          <Text size="sm" c="dimmed" pt={8}>
            the current one included
          </Text>
        </>
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
