import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { valuesQuery } from "../api/dictionary";
import type { ValueSource } from "../api/dictionary";
import { sentence } from "../api/errors";
import type { KnownValue } from "../api/types";
import { fromText } from "../filters/entered";
import type { Scalar } from "../filters/model";
import { valueText } from "../format/value";
import { Choices } from "../ui/Choices";
import type { Option } from "../ui/Option";

interface Props {
  label: string;
  labelled?: boolean;
  source: ValueSource;
  type: string;
  values: Scalar[];
  onChange: (values: Scalar[]) => void;
  error?: string;
}

/** Chooses among the values that exist, the most frequent first with how often; any other value can be typed. */
export function ValuesInput({ source, type, values, onChange, ...rest }: Props) {
  const [search, setSearch] = useState("");
  const [asked] = useDebouncedValue(search.trim(), 150);
  const known = useQuery(valuesQuery(source, asked));
  const options = (known.data?.values ?? []).map(optionOf);
  const offered = new Set(options.map((option) => option.value));
  for (const value of values.map(String)) {
    if (!offered.has(value)) options.push({ value, label: value });
  }
  const typed = search.trim();
  if (typed && !offered.has(typed) && fromText(type, typed) !== undefined) {
    options.push({ value: typed, label: typed, meaning: "Use this value as typed" });
  }
  return (
    <Choices
      {...rest}
      placeholder="Choose or type"
      options={options}
      values={values.map(String)}
      onChange={(texts) => onChange(texts.flatMap((text) => fromText(type, text) ?? []))}
      search={search}
      onSearch={setSearch}
      nothing={known.isPending ? "Looking…" : known.isError ? sentence(known.error) : "No such value"}
    />
  );
}

/** A value that exists as an option: its name beside its code, its meaning below. */
export function optionOf(known: KnownValue): Option {
  const value = valueText(known.value);
  return {
    value,
    label: known.name ? `${known.name} (${value})` : value,
    meaning: known.meaning ?? undefined,
    count: known.count,
  };
}
