import { Group, NumberInput, TextInput } from "@mantine/core";
import { CALENDAR_UNITS, UNITS } from "../../filters/model";
import type { Unit } from "../../filters/model";
import { fromLocalInput, toLocalInput } from "../../format/time";
import { Words } from "../../ui/Words";

interface InstantProps {
  label: string;
  value: string | null;
  onChange: (value: string | null) => void;
  error?: string;
}

/** An instant, entered in the reader's time zone. */
export function InstantInput({ label, value, onChange, error }: InstantProps) {
  return (
    <TextInput
      type="datetime-local"
      aria-label={`${label} (your time zone)`}
      value={toLocalInput(value)}
      onChange={(event) => onChange(fromLocalInput(event.currentTarget.value))}
      error={error}
    />
  );
}

interface DurationProps {
  label: string;
  amount: number | null;
  unit: Unit;
  /** Whether parts of a day make no sense. */
  days?: boolean;
  /** Before the name of a unit. */
  kind?: string;
  onChange: (amount: number | null, unit: Unit) => void;
  error?: string;
}

/** A number of minutes, hours, days, weeks or months. */
export function DurationInput({ label, amount, unit, days, kind = "", onChange, error }: DurationProps) {
  const units = UNITS.filter((known) => !days || CALENDAR_UNITS.includes(known) || known === unit);
  return (
    <Group gap={8} wrap="nowrap" align="flex-start">
      <NumberInput
        aria-label={`${label}: how many`}
        w={84}
        min={1}
        allowDecimal={false}
        value={amount ?? ""}
        onChange={(entered) => onChange(typeof entered === "number" ? entered : null, unit)}
        error={error}
      />
      <Words
        label={`${label}: unit`}
        width={kind ? 160 : 112}
        value={unit}
        options={units.map((known) => ({ value: known, label: `${kind}${amount === 1 ? known : `${known}s`}` }))}
        onChange={(chosen) => onChange(amount, chosen)}
      />
    </Group>
  );
}
