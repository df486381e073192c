import { Select } from "@mantine/core";
import { OptionLine, withChosen } from "./Option";
import type { Option } from "./Option";

interface Props {
  label: string;
  /** Whether the label is seen, or only read aloud. */
  labelled?: boolean;
  description?: string;
  placeholder?: string;
  options: Option[];
  value: string | null;
  onChange: (value: string | null) => void;
  clearable?: boolean;
  disabled?: boolean;
  error?: string;
  width?: number | string;
}

/** Chooses one option by typing a part of its name or meaning. */
export function Choice({ label, labelled, options: offered, onChange, width, ...rest }: Props) {
  const options = withChosen(offered, rest.value === null ? [] : [rest.value]);
  const byValue = new Map(options.map((option) => [option.value, option]));
  return (
    <Select
      {...(labelled ? { label } : { "aria-label": label })}
      {...rest}
      data={options.map(({ value, label: text }) => ({ value, label: text }))}
      onChange={onChange}
      w={width}
      searchable
      allowDeselect={rest.clearable ?? false}
      nothingFoundMessage="Nothing of that name"
      maxDropdownHeight={320}
      comboboxProps={{ width: "target", middlewares: { flip: true, shift: true }, shadow: "md", styles: { dropdown: { minWidth: 260 } } }}
      filter={({ options: items, search }) => {
        const wanted = search.trim().toLowerCase();
        return items.filter((item) => {
          const option = "value" in item ? byValue.get(item.value) : undefined;
          return option && `${option.label} ${option.meaning ?? ""} ${option.value}`.toLowerCase().includes(wanted);
        });
      }}
      renderOption={({ option }) => <OptionLine option={byValue.get(option.value) ?? option} />}
    />
  );
}
