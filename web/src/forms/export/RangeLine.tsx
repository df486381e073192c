import { Checkbox, Group, Input } from "@mantine/core";
import { useFault } from "../filter/faults";
import { InstantInput } from "../filter/TimeInputs";
import type { ExportDraft } from "./draft";
import classes from "./export.module.css";
import { FORM } from "./write";

interface Props {
  /** Whose time it is: `When they happened`. */
  label: string;
  draft: ExportDraft;
  onChange: (change: Partial<ExportDraft>) => void;
}

/** A range of time whose end is out again, and whether dry runs are in it. */
export function RangeLine({ label, draft: { from, to, dryRuns }, onChange }: Props) {
  const faults = { from: useFault(FORM, "start_date"), to: useFault(FORM, "end_date"), dryRuns: useFault(FORM, "dry_runs") };
  return (
    <Group gap="md" mt="md" align="flex-start">
      <Input.Wrapper label={label} labelElement="div" description="In your time zone. An end that is left empty is open.">
        <div className={classes.line} style={{ marginBlockStart: 6 }}>
          <InstantInput label="From" value={from} onChange={(instant) => onChange({ from: instant })} error={faults.from} />
          <span className={classes.between}>and before</span>
          <InstantInput label="Before" value={to} onChange={(instant) => onChange({ to: instant })} error={faults.to} />
        </div>
      </Input.Wrapper>
      <Checkbox
        mt={2}
        label="Include dry runs"
        description="Tests of a journey, which are left out of every count otherwise."
        checked={dryRuns}
        onChange={(event) => onChange({ dryRuns: event.currentTarget.checked })}
        error={faults.dryRuns}
      />
    </Group>
  );
}
