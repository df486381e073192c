import { NumberInput, Stack, Switch, TextInput } from "@mantine/core";
import classes from "../export/export.module.css";
import { useFault } from "../filter/faults";
import { SCHEDULE } from "./draft";
import type { ScheduleDraft } from "./draft";

interface Props {
  draft: ScheduleDraft;
  onChange: (change: Partial<ScheduleDraft>) => void;
}

/** What each run has, and what happens where one does not come about. */
export function RunsForm({ draft, onChange }: Props) {
  const faults = { expected: useFault(SCHEDULE, "expected_within_seconds"), notify: useFault(SCHEDULE, "notify") };
  return (
    <Stack gap="md">
      <Switch
        label="Only what is new"
        description="Each run has what came in since the last complete one; the first has everything."
        checked={draft.incremental}
        onChange={(event) => onChange({ incremental: event.currentTarget.checked })}
      />
      <Switch
        label="Make up for missed runs"
        description="One at a time, in order, after an outage or a pause. Otherwise they are skipped."
        checked={draft.backfill}
        onChange={(event) => onChange({ backfill: event.currentTarget.checked })}
      />
      <div className={classes.fields}>
        <NumberInput
          label="Expected within, in minutes"
          description="A run that takes longer is marked as late."
          placeholder="nothing is expected"
          min={1}
          max={43_200}
          allowDecimal={false}
          value={draft.expectedMinutes ?? ""}
          onChange={(minutes) => onChange({ expectedMinutes: minutes === "" ? null : Number(minutes) })}
          error={faults.expected}
        />
        <TextInput
          type="email"
          label="Who is told when a run is late"
          description={draft.expectedMinutes === null ? "Say first within how long it is expected." : "Gets an e-mail, once."}
          placeholder="you@example.com"
          autoComplete="email"
          disabled={draft.expectedMinutes === null}
          value={draft.notify}
          onChange={(event) => onChange({ notify: event.currentTarget.value })}
          error={faults.notify}
        />
      </div>
    </Stack>
  );
}
