import { SegmentedControl } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";

interface Props<T extends string> {
  label: string;
  options: readonly { value: T; label: string }[];
  value: T;
  onChange: (value: T) => void;
}

/** Chooses one of a few, side by side; below one another where there is no room for that. */
export function OneOf<T extends string>({ label, options, value, onChange }: Props<T>) {
  const narrow = useMediaQuery("(max-width: 480px)");
  return (
    <SegmentedControl
      aria-label={label}
      orientation={narrow ? "vertical" : "horizontal"}
      fullWidth={narrow}
      data={options.map((option) => ({ ...option }))}
      value={value}
      onChange={(chosen) => {
        const option = options.find((known) => known.value === chosen);
        if (option) onChange(option.value);
      }}
    />
  );
}
