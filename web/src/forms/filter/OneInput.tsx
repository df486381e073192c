import { NumberInput, TextInput } from "@mantine/core";
import type { Scalar } from "../../filters/model";
import { entryType } from "../../filters/operators";
import { InstantInput } from "./TimeInputs";

interface Props {
  label: string;
  type: string;
  value: Scalar | null;
  onChange: (value: Scalar | null) => void;
  error?: string;
  width?: number;
}

/** One value of a type. A value that came from elsewhere is shown as it is, whatever its type. */
export function OneInput({ label, type, value, onChange, error, width }: Props) {
  switch (entryType(type)) {
    case "number":
      return (
        <NumberInput
          aria-label={label}
          value={value === null ? "" : String(value)}
          onChange={(entered) => onChange(typeof entered === "number" ? entered : null)}
          w={width}
          thousandSeparator=","
          hideControls
          error={error}
        />
      );
    case "date":
      return (
        <TextInput
          type="date"
          aria-label={label}
          value={value === null ? "" : String(value)}
          onChange={(event) => onChange(event.currentTarget.value || null)}
          error={error}
        />
      );
    case "datetime":
      return (
        <InstantInput label={label} value={value === null ? null : String(value)} onChange={onChange} error={error} />
      );
    default:
      return (
        <TextInput
          aria-label={label}
          value={value === null ? "" : String(value)}
          onChange={(event) => onChange(event.currentTarget.value || null)}
          error={error}
        />
      );
  }
}
