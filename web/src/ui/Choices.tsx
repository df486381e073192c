import { MultiSelect } from "@mantine/core";
import { OptionLine, withChosen } from "./Option";
import type { Option } from "./Option";

interface Props {
  label: string;
  labelled?: boolean;
  placeholder?: string;
  options: Option[];
  values: string[];
  onChange: (values: string[]) => void;
  /** Given when the options are looked up for what is typed; otherwise they are narrowed here. */
  search?: string;
  onSearch?: (search: string) => void;
  error?: string;
  nothing?: string;
}

/** Chooses several options. */
export function Choices({ label, labelled, options: offered, values, search, onSearch, nothing, placeholder, ...rest }: Props) {
  const options = withChosen(offered, values);
  const byValue = new Map(options.map((option) => [option.value, option]));
  return (
    <MultiSelect
      {...(labelled ? { label } : { "aria-label": label })}
      {...rest}
      data={options.map(({ value, label: text }) => ({ value, label: text }))}
      value={values}
      searchValue={search}
      onSearchChange={onSearch}
      placeholder={values.length === 0 ? placeholder : undefined}
      searchable
      hidePickedOptions={false}
      nothingFoundMessage={nothing ?? "Nothing of that name"}
      maxDropdownHeight={320}
      styles={{ inputField: { minWidth: 32, width: 32 } }}
      comboboxProps={{ shadow: "md", styles: { dropdown: { minWidth: 240 } } }}
      filter={onSearch ? ({ options: items }) => items : undefined}
      renderOption={({ option }) => <OptionLine option={byValue.get(option.value) ?? option} />}
    />
  );
}
