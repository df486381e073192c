import { Select } from "@mantine/core";

interface Props<T extends string> {
  label: string;
  description?: string;
  options: readonly { value: T; label: string }[];
  value: T;
  onChange: (value: T) => void;
  disabled?: boolean;
  error?: string;
}

/** Chooses one of a few options, under a label that is seen. */
export function Pick<T extends string>({ label, description, options, value, onChange, disabled, error }: Props<T>) {
  return (
    <Select
      label={label}
      description={description}
      data={options.map((option) => ({ ...option }))}
      value={value}
      allowDeselect={false}
      disabled={disabled}
      error={error}
      onChange={(chosen) => {
        const option = options.find((known) => known.value === chosen);
        if (option) onChange(option.value);
      }}
    />
  );
}
