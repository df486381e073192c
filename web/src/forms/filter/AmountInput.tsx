import { NumberInput, Text } from "@mantine/core";
import type { Amount, Bound } from "../../filters/model";
import { Words } from "../../ui/Words";
import { OneInput } from "./OneInput";

const BOUNDS: readonly { value: Bound; label: string }[] = [
  { value: "at_least", label: "at least" },
  { value: "at_most", label: "at most" },
  { value: "exactly", label: "exactly" },
  { value: "between", label: "between" },
];

interface Props {
  /** What the value counts, for those who hear the labels. */
  label: string;
  value: Amount;
  onChange: (value: Amount) => void;
  /** Whether it is a number of times. */
  whole?: boolean;
  /** What it is otherwise. */
  type?: string;
  error?: string;
}

/** A bound and its value, or its two. */
export function AmountInput({ label, value, onChange, whole, type = "number", error }: Props) {
  const input = (part: "value" | "from" | "to", name: string, shown?: string) =>
    whole ? (
      <NumberInput
        aria-label={`${label}: ${name}`}
        w={90}
        min={0}
        allowDecimal={false}
        value={value[part] === null ? "" : String(value[part])}
        onChange={(entered) => onChange({ ...value, [part]: typeof entered === "number" ? entered : null })}
        error={shown}
      />
    ) : (
      <OneInput
        label={`${label}: ${name}`}
        type={type}
        value={value[part]}
        onChange={(entered) => onChange({ ...value, [part]: entered })}
        error={shown}
        width={type === "number" ? 90 : undefined}
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
          {input("from", "from", error)}
          <Text size="sm" c="dimmed" pt={8}>
            and
          </Text>
          {input("to", "to", error && " ")}
        </>
      ) : (
        input("value", "number", error)
      )}
    </>
  );
}
