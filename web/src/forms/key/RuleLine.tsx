import { ActionIcon, CloseButton, NumberInput, Text } from "@mantine/core";
import IconArrowDown from "@tabler/icons-react/icons/IconArrowDown";
import IconArrowUp from "@tabler/icons-react/icons/IconArrowUp";
import type { Treatment } from "../../api/keys";
import { FreeChoice } from "../../ui/FreeChoice";
import { Words } from "../../ui/Words";
import { useFault } from "../filter/faults";
import type { RuleColumn } from "./columns";
import { coarseOf } from "./draft";
import type { Coarse, RuleDraft } from "./draft";
import classes from "./key.module.css";

const TREATMENTS: readonly { value: Treatment; label: string }[] = [
  { value: "drop", label: "leave out" },
  { value: "mask", label: "mask" },
  { value: "hash", label: "hash" },
  { value: "coarsen", label: "coarsen" },
  { value: "group", label: "empty where rare" },
];

const MEANINGS: Record<Exclude<Treatment, "coarsen">, string> = {
  drop: "The column is in no file.",
  mask: "Letters and digits become *.",
  hash: "A code in the place of each value: the same for the same value, and another one for other keys.",
  group: "A value that fewer people of an export have becomes empty.",
};

const TO: readonly { value: Coarse; label: string }[] = [
  { value: "year", label: "to the year" },
  { value: "quarter", label: "to the quarter" },
  { value: "month", label: "to the month" },
  { value: "week", label: "to the week" },
  { value: "day", label: "to the day" },
  { value: "hour", label: "to the hour" },
  { value: "district", label: "to the district" },
  { value: "step", label: "in steps of" },
];

interface Props {
  number: number;
  /** How many rules there are: the order counts once there are two. */
  of: number;
  columns: RuleColumn[];
  value: RuleDraft;
  onChange: (value: RuleDraft) => void;
  /** Moves it by so many places. */
  onMove: (by: number) => void;
  onRemove: () => void;
}

/** One rule: a column, what is done with it, and how. */
export function RuleLine({ number, of, columns, value, onChange, onMove, onRemove }: Props) {
  const faults = { column: useFault(value.id, "column", ""), treatment: useFault(value.id, "do") };
  const name = `Rule ${number}`;
  const subject = value.column.trim() || name;
  const rename = (column: string) => {
    const type = columns.find((known) => known.value === column)?.type;
    onChange({ ...value, column, ...(type !== undefined && { to: coarseOf(type) }) });
  };
  return (
    <li className={classes.rule}>
      <div role="group" aria-label={value.column.trim() ? `${name}: ${value.column}` : name}>
        <div className={classes.head}>
          <div className={classes.line}>
            <div className={classes.column}>
              <FreeChoice label={`${name}: column`} placeholder="A column, such as email" options={columns} value={value.column} onChange={rename} error={faults.column} />
            </div>
            <Words
              label={`${subject}: what is done`}
              width={168}
              value={value.treatment}
              options={TREATMENTS}
              onChange={(treatment) => onChange({ ...value, treatment })}
              error={faults.treatment}
            />
            <How subject={subject} value={value} onChange={onChange} />
          </div>
          <CloseButton mt={4} aria-label={`Remove ${name.toLowerCase()}`} onClick={onRemove} />
        </div>
        <div className={classes.under}>
          <Text size="xs" c="dimmed" flex={1}>
            {meaningOf(value)}
          </Text>
          {of > 1 && (
            <>
              <ActionIcon size="sm" variant="subtle" color="gray" aria-label={`Move ${name.toLowerCase()} up`} disabled={number === 1} onClick={() => onMove(-1)}>
                <IconArrowUp size={14} />
              </ActionIcon>
              <ActionIcon size="sm" variant="subtle" color="gray" aria-label={`Move ${name.toLowerCase()} down`} disabled={number === of} onClick={() => onMove(1)}>
                <IconArrowDown size={14} />
              </ActionIcon>
            </>
          )}
        </div>
      </div>
    </li>
  );
}

function meaningOf({ treatment, to }: RuleDraft): string {
  if (treatment !== "coarsen") return MEANINGS[treatment];
  if (to === "district") return "The first part of a postcode: SW1A 1AA becomes SW1A.";
  return to === "step"
    ? "Numbers are rounded down to a multiple. Anything else becomes empty."
    : `Days and times become the start of their ${to}, in UTC. Anything else becomes empty.`;
}

interface HowProps {
  subject: string;
  value: RuleDraft;
  onChange: (value: RuleDraft) => void;
}

/** What a treatment is told beyond its name. */
function How({ subject, value, onChange }: HowProps) {
  const faults = { keepLast: useFault(value.id, "keep_last"), to: useFault(value.id, "to"), of: useFault(value.id, "of") };
  switch (value.treatment) {
    case "mask":
      return (
        <div className={classes.how}>
          <span className={classes.between}>but the last</span>
          <Figure label={`${subject}: how many characters stay`} min={0} placeholder="0" value={value.keepLast} onChange={(keepLast) => onChange({ ...value, keepLast })} error={faults.keepLast} />
        </div>
      );
    case "coarsen":
      return (
        <div className={classes.how}>
          <Words label={`${subject}: how coarse`} width={160} value={value.to} options={TO} onChange={(to) => onChange({ ...value, to })} error={value.to === "step" ? undefined : faults.to} />
          {value.to === "step" && (
            <Figure label={`${subject}: size of a step`} placeholder="10" decimal value={value.step} onChange={(step) => onChange({ ...value, step })} error={faults.to} />
          )}
        </div>
      );
    case "group":
      return (
        <div className={classes.how}>
          <span className={classes.between}>of fewer than</span>
          <Figure label={`${subject}: how many people`} min={2} placeholder="20" value={value.of} onChange={(of) => onChange({ ...value, of })} error={faults.of} />
          <span className={classes.between}>people</span>
        </div>
      );
    case "drop":
    case "hash":
      return null;
  }
}

interface FigureProps {
  label: string;
  min?: number;
  decimal?: boolean;
  placeholder: string;
  value: number | null;
  onChange: (value: number | null) => void;
  error: string | undefined;
}

function Figure({ label, min, decimal, placeholder, value, onChange, error }: FigureProps) {
  return (
    <NumberInput
      aria-label={label}
      w={96}
      min={min}
      allowDecimal={decimal ?? false}
      allowNegative={false}
      placeholder={placeholder}
      value={value ?? ""}
      onChange={(entered) => onChange(typeof entered === "number" ? entered : null)}
      error={error}
    />
  );
}
