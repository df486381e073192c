import { Autocomplete } from "@mantine/core";
import { OptionLine } from "./Option";
import type { Option } from "./Option";

interface Props {
  label: string;
  placeholder?: string;
  options: Option[];
  value: string;
  onChange: (value: string) => void;
  error?: string;
}

/** How many options are drawn at most; typing narrows them. */
const SHOWN = 100;

/** Takes what is typed, and offers what is known to begin with; the value of an option is its text. */
export function FreeChoice({ label, placeholder, options, value, onChange, error }: Props) {
  const byValue = new Map(options.map((option) => [option.value, option]));
  return (
    <Autocomplete
      aria-label={label}
      placeholder={placeholder}
      spellCheck={false}
      autoComplete="off"
      data={options.map((option) => option.value)}
      value={value}
      onChange={onChange}
      error={error}
      maxDropdownHeight={320}
      comboboxProps={{ width: "target", middlewares: { flip: true, shift: true }, shadow: "md", styles: { dropdown: { minWidth: 260 } } }}
      filter={({ options: items, search }) => {
        const wanted = search.trim().toLowerCase();
        // What is chosen already narrows nothing: another one is looked for.
        if (byValue.has(search.trim())) return items.slice(0, SHOWN);
        const fitting = items.filter((item) => {
          const option = "value" in item ? byValue.get(item.value) : undefined;
          return option && `${option.label} ${option.meaning ?? ""}`.toLowerCase().includes(wanted);
        });
        return fitting.slice(0, SHOWN);
      }}
      renderOption={({ option }) => <OptionLine option={byValue.get(option.value) ?? { value: option.value, label: option.value }} />}
    />
  );
}
