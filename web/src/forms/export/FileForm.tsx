import { Checkbox, Collapse, NumberInput, TextInput, UnstyledButton } from "@mantine/core";
import IconChevronRight from "@tabler/icons-react/icons/IconChevronRight";
import { useState } from "react";
import type { ArraySpelling, ExportFormat, Formulas, Quotes, TimeSpelling } from "../../api/types";
import { Pick } from "../../ui/Pick";
import { useFault } from "../filter/faults";
import { compressionsOf, isText, takesZone, timesOf } from "./draft";
import type { FileDraft } from "./draft";
import classes from "./export.module.css";
import { FORM } from "./write";

const FORMATS: { value: ExportFormat; label: string }[] = [
  { value: "csv", label: "CSV" },
  { value: "ndjson", label: "NDJSON" },
  { value: "parquet", label: "Parquet" },
  { value: "arrow", label: "Arrow IPC" },
  { value: "xlsx", label: "Excel (XLSX)" },
];

const FORMULAS: { value: Formulas; label: string }[] = [
  { value: "escape", label: "Escape them" },
  { value: "raw", label: "Keep them as they are" },
  { value: "refuse", label: "Refuse to export" },
];

const DELIMITERS = [
  { value: ",", label: "Comma" },
  { value: ";", label: "Semicolon" },
  { value: "\t", label: "Tab" },
  { value: "|", label: "Pipe" },
];

const QUOTES: { value: Quotes; label: string }[] = [
  { value: "needed", label: "Where needed" },
  { value: "text", label: "Around text" },
  { value: "all", label: "Around everything" },
];

const LINES: { value: "lf" | "crlf"; label: string }[] = [
  { value: "lf", label: "LF" },
  { value: "crlf", label: "CR LF (Windows)" },
];

const TIMES: Record<TimeSpelling, string> = {
  rfc3339: "2026-09-01T00:00:00Z",
  space: "2026-09-01 00:00:00",
  epoch_seconds: "Seconds since 1970",
  epoch_milliseconds: "Milliseconds since 1970",
};

const ARRAYS: { value: ArraySpelling | ""; label: string }[] = [
  { value: "", label: "As the format has them" },
  { value: "json", label: "As JSON" },
  { value: "joined", label: "Joined" },
  { value: "refuse", label: "Refuse to export" },
];

const OPTIONS = ["delimiter", "null", "quotes", "times", "time_zone", "arrays", "array_separator", "max_rows", "max_bytes"] as const;

interface Props {
  value: FileDraft;
  onChange: (value: FileDraft) => void;
}

/** The form of the files. */
export function FileForm({ value, onChange }: Props) {
  const [asked, setOpened] = useState(false);
  // What is wrong in there has to be seen.
  const wrong = useFault(FORM, ...OPTIONS) !== undefined;
  const opened = asked || wrong;
  const faults = { format: useFault(FORM, "format"), compression: useFault(FORM, "compression"), formulas: useFault(FORM, "formulas") };
  const patch = (change: Partial<FileDraft>) => onChange({ ...value, ...change });
  const compressions = compressionsOf(value.format);
  return (
    <>
      <div className={classes.fields}>
        <Pick label="Format" options={FORMATS} value={value.format} onChange={(format) => patch({ format })} error={faults.format} />
        {compressions.length > 0 && (
          <Pick
            label="Compression"
            options={[{ value: "", label: "None" }, ...compressions.map((one) => ({ value: one, label: one }))]}
            value={value.compression && compressions.includes(value.compression) ? value.compression : ""}
            onChange={(compression) => patch({ compression: compression === "" ? null : compression })}
            error={faults.compression}
          />
        )}
        {value.format === "csv" && (
          <Pick label="Cells that look like formulas" options={FORMULAS} value={value.formulas} onChange={(formulas) => patch({ formulas })} error={faults.formulas} />
        )}
      </div>
      <UnstyledButton mt="md" mb="xs" fz="sm" fw={550} aria-expanded={opened} onClick={() => setOpened(!opened)}>
        <IconChevronRight size={14} aria-hidden style={{ verticalAlign: -2, marginInlineEnd: 4, rotate: opened ? "90deg" : undefined }} />
        More options of the file
      </UnstyledButton>
      <Collapse expanded={opened}>
        <div className={classes.fields}>
          {value.format === "csv" && <CsvFields value={value} patch={patch} />}
          <SpellingFields value={value} patch={patch} />
          <PartFields value={value} patch={patch} />
        </div>
      </Collapse>
    </>
  );
}

interface FieldsProps {
  value: FileDraft;
  patch: (change: Partial<FileDraft>) => void;
}

function CsvFields({ value, patch }: FieldsProps) {
  const faults = { delimiter: useFault(FORM, "delimiter"), nullText: useFault(FORM, "null"), quotes: useFault(FORM, "quotes") };
  const known = DELIMITERS.some((delimiter) => delimiter.value === value.delimiter);
  const delimiters = known ? DELIMITERS : [...DELIMITERS, { value: value.delimiter, label: value.delimiter }];
  return (
    <>
      <Pick label="Between cells" options={delimiters} value={value.delimiter} onChange={(delimiter) => patch({ delimiter })} error={faults.delimiter} />
      <Pick label="Quotes" options={QUOTES} value={value.quotes} onChange={(quotes) => patch({ quotes })} error={faults.quotes} />
      <Pick label="Line ending" options={LINES} value={value.crlf ? "crlf" : "lf"} onChange={(ending) => patch({ crlf: ending === "crlf" })} />
      <TextInput
        label="Null is written as"
        placeholder="an empty cell"
        value={value.nullText}
        onChange={(event) => patch({ nullText: event.currentTarget.value })}
        error={faults.nullText}
      />
      <Checkbox
        mt={26}
        label="Byte order mark"
        description="Excel needs it to read UTF-8."
        checked={value.bom}
        onChange={(event) => patch({ bom: event.currentTarget.checked })}
      />
    </>
  );
}

function SpellingFields({ value, patch }: FieldsProps) {
  const faults = { times: useFault(FORM, "times"), zone: useFault(FORM, "time_zone"), arrays: useFault(FORM, "arrays"), separator: useFault(FORM, "array_separator") };
  const text = isText(value.format);
  return (
    <>
      <Pick
        label="Times"
        // In text, RFC 3339 is how the format has them.
        options={[
          { value: "", label: text ? TIMES.rfc3339 : "As the format has them" },
          ...timesOf(value.format).filter((form) => !text || form !== "rfc3339").map((form) => ({ value: form, label: TIMES[form] })),
        ]}
        value={value.times && timesOf(value.format).includes(value.times) && !(text && value.times === "rfc3339") ? value.times : ""}
        onChange={(times) => patch({ times: times === "" ? null : times })}
        error={faults.times}
      />
      <TextInput
        label="Time zone of times"
        disabled={!takesZone(value)}
        placeholder="UTC"
        list="time-zones"
        value={value.timeZone}
        onChange={(event) => patch({ timeZone: event.currentTarget.value.trim() })}
        error={faults.zone}
      />
      <datalist id="time-zones">
        {Intl.supportedValuesOf("timeZone").map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
      <Pick label="Arrays" options={ARRAYS} value={value.arrays ?? ""} onChange={(arrays) => patch({ arrays: arrays === "" ? null : arrays })} error={faults.arrays} />
      {value.arrays === "joined" && (
        <TextInput
          label="Between values of an array"
          placeholder="|"
          value={value.arraySeparator}
          onChange={(event) => patch({ arraySeparator: event.currentTarget.value })}
          error={faults.separator}
        />
      )}
    </>
  );
}

function PartFields({ value, patch }: FieldsProps) {
  const faults = { rows: useFault(FORM, "max_rows"), bytes: useFault(FORM, "max_bytes") };
  return (
    <>
      <NumberInput
        label="Most rows of a file"
        placeholder="no limit"
        min={1}
        allowDecimal={false}
        thousandSeparator=","
        value={value.maxRows ?? ""}
        onChange={(rows) => patch({ maxRows: typeof rows === "number" ? rows : null })}
        error={faults.rows}
      />
      <NumberInput
        label="Most bytes of a file"
        placeholder="no limit"
        min={1}
        allowDecimal={false}
        thousandSeparator=","
        value={value.maxBytes ?? ""}
        onChange={(bytes) => patch({ maxBytes: typeof bytes === "number" ? bytes : null })}
        error={faults.bytes}
      />
    </>
  );
}
