import { NumberInput, Text } from "@mantine/core";
import type { Amount, Bound } from "../../filters/model";
import { Words } from "../../ui/Words";

const BOUNDS: readonly { value: Bound; label: string }[] = [
  { value: "at_least", label: "at least" },
  { value: "at_most", label: "at most" },
  { value: "exactly", label: "exactly" },
  { value: "between", label: "between" },
];

interface Props {
  /** What the number counts, for those who hear the labels. */
  label: string;
  value: Amount;
  onChange: (value: Amount) => void;
  whole?: boolean;
  error?: string;
}

/** A bound and its number, or its two. */
export function AmountInput({ label, value, onChange, whole, error }: Props) {
  const number = (part: "value" | "from" | "to", name: string, shown?: string) => (
    <NumberInput
      aria-label={`${label}: ${name}`}
      w={90}
      min={whole ? 0 : undefined}
      allowDecimal={!whole}
      hideControls={!whole}
      value={value[part] ?? ""}
      onChange={(entered) => onChange({ ...value, [part]: typeof entered === "number" ? entered : null })}
      error={shown}
    />
  );
  return (
    <>
      <Words
        label={`${label}: bound`}
        width={110}
        value={value.operator}
        options={BOUNDS}
        onChange={(operator) => onChange({ ...value, operator })}
      />
      {value.operator === "between" ? (
        <>
          {number("from", "from", error)}
          <Text size="sm" c="dimmed" pt={8}>
            and
          </Text>
          {number("to", "to", error && " ")}
        </>
      ) : (
        number("value", "number", error)
      )}
    </>
  );
}
