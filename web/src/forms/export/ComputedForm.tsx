import { Button, Input, Stack } from "@mantine/core";
import IconMathFunction from "@tabler/icons-react/icons/IconMathFunction";
import type { Dictionary } from "../../api/types";
import { useFault } from "../filter/faults";
import { ComputedColumn } from "./ComputedColumn";
import { newComputed } from "./draft";
import type { ComputedDraft } from "./draft";
import { FORM } from "./write";

interface Props {
  dictionary: Dictionary;
  value: ComputedDraft[];
  onChange: (value: ComputedDraft[]) => void;
}

/** Columns that are computed for each person. */
export function ComputedForm({ dictionary, value, onChange }: Props) {
  const fault = useFault(FORM, "computed");
  return (
    <>
      <Stack gap="sm">
        {value.map((column, index) => (
          <ComputedColumn
            key={column.id}
            number={index + 1}
            dictionary={dictionary}
            value={column}
            onChange={(changed) => onChange(value.map((known) => (known.id === changed.id ? changed : known)))}
            onRemove={() => onChange(value.filter(({ id }) => id !== column.id))}
          />
        ))}
      </Stack>
      {fault && <Input.Error mt="xs">{fault}</Input.Error>}
      <Button
        mt={value.length > 0 ? "sm" : 0}
        size="compact-sm"
        variant="subtle"
        leftSection={<IconMathFunction size={14} />}
        onClick={() => onChange([...value, newComputed()])}
      >
        Add computed column
      </Button>
    </>
  );
}
