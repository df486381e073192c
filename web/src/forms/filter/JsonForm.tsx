import { Text, Textarea } from "@mantine/core";
import type { JsonCondition } from "../../filters/model";
import { ConditionCard } from "./ConditionCard";
import { useFault } from "./faults";

interface Props {
  value: JsonCondition;
  onChange: (value: JsonCondition) => void;
}

const PARTS = ["json"];

/** A condition that no form fits: it is shown, changed and kept as it is written. */
export function JsonForm({ value, onChange }: Props) {
  const error = useFault(value.id, "json");
  return (
    <ConditionCard condition={value} parts={PARTS}>
      <Text size="sm" c="dimmed" mb={8}>
        This says something that no form fits, so it stays as it is written.
      </Text>
      <Textarea
        aria-label="Condition in JSON"
        className="mono"
        autosize
        minRows={2}
        maxRows={14}
        spellCheck={false}
        value={value.text}
        onChange={(event) => onChange({ ...value, text: event.currentTarget.value })}
        error={error}
      />
    </ConditionCard>
  );
}
