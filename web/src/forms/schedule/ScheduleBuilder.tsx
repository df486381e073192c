import { Alert, Button, Skeleton, Text, TextInput } from "@mantine/core";
import IconCalendarRepeat from "@tabler/icons-react/icons/IconCalendarRepeat";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { dictionaryQuery } from "../../api/dictionary";
import { refusedPath, sentence } from "../../api/errors";
import { changeSchedule, makeSchedule } from "../../api/schedules";
import type { Dictionary, Schedule } from "../../api/types";
import { QueryFailure } from "../../components/QueryFailure";
import type { Missing } from "../../filters/complete";
import { plural } from "../../format/number";
import { Panel } from "../../ui/Panel";
import classes from "../export/export.module.css";
import { ExportFields } from "../export/ExportFields";
import { Section } from "../export/Section";
import { Faults, useFault } from "../filter/faults";
import { missing, ruleOf, SCHEDULE, writeSchedule } from "./draft";
import type { ScheduleDraft } from "./draft";
import { DuePanel } from "./DuePanel";
import { RunsForm } from "./RunsForm";
import { WhenForm } from "./WhenForm";

interface Props {
  /** The form that it begins with. */
  begin: ScheduleDraft;
  /** The schedule that is changed; a new one without it. */
  changed: Pick<Schedule, "id" | "revision"> | undefined;
  onDone: (schedule: Schedule) => void;
}

/** A schedule: when, what happens with runs that are late, and what is exported. */
export function ScheduleBuilder(props: Props) {
  const dictionary = useQuery(dictionaryQuery());
  if (dictionary.isError) {
    return (
      <Panel>
        <QueryFailure error={dictionary.error} retry={dictionary.refetch} />
      </Panel>
    );
  }
  if (!dictionary.data) return <Skeleton h={520} radius="lg" />;
  return <Builder {...props} dictionary={dictionary.data} />;
}

function Builder({ begin, changed, onDone, dictionary }: Props & { dictionary: Dictionary }) {
  const queries = useQueryClient();
  const [draft, setDraft] = useState(begin);
  const [tries, setTries] = useState(0);
  const form = useRef<HTMLFormElement>(null);
  const { body, fieldAt } = writeSchedule(draft);
  const open = missing(draft);
  const save = useMutation({
    mutationFn: () => (changed ? changeSchedule(changed.id, body, changed.revision) : makeSchedule(body)),
    // Only then: what is in the form has to outlive a refusal.
    onSuccess: async (schedule) => {
      onDone(schedule);
      await queries.invalidateQueries({ queryKey: ["schedules"] });
    },
  });
  const path = refusedPath(save.error);
  const faults: Missing[] = [
    ...(tries > 0 ? open : []),
    ...(path === undefined ? [] : [{ ...fieldAt(path), message: sentence(save.error) }]),
  ];
  useEffect(() => {
    // What is wrong is said where it is; the first such place gets the focus.
    if (tries > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [tries, path]);
  const patch = (change: Partial<ScheduleDraft>) => {
    save.reset();
    setDraft((before) => ({ ...before, ...change }));
  };
  return (
    <Faults value={faults}>
      <form
        ref={form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          setTries((times) => times + 1);
          if (open.length === 0) save.mutate();
        }}
      >
        <div className={classes.layout}>
          <div className={classes.form}>
            <Section title="Name">
              <Name value={draft.name} onChange={(name) => patch({ name })} />
            </Section>
            <Section title="When">
              <WhenForm draft={draft} onChange={patch} />
            </Section>
            <Section title="Runs" note="Each run is as of the time it was due.">
              <RunsForm draft={draft} onChange={patch} />
            </Section>
            <ExportFields
              dictionary={dictionary}
              draft={draft.export}
              onChange={(change) => {
                save.reset();
                setDraft((before) => ({ ...before, export: { ...before.export, ...change } }));
              }}
            />
          </div>
          <DuePanel rule={ruleOf(draft)} timeZone={draft.timeZone} />
        </div>
        {save.isError && (
          <Alert color="red" variant="light" role="alert" title="The schedule was not saved" mt="md">
            {path && (
              <Text size="sm" mb={4}>
                At <span className="mono">{path}</span>
              </Text>
            )}
            {sentence(save.error)}
          </Alert>
        )}
        <div className={classes.foot}>
          <Text role="status" size="sm" style={{ flex: 1, minWidth: 200 }} c={tries > 0 && open.length > 0 ? "var(--mantine-color-error)" : "dimmed"}>
            {tries > 0 && open.length > 0
              ? `${plural(open.length, "field is", "fields are")} not filled in yet.`
              : changed
                ? "A changed rule counts from now on."
                : "Its first run is the next due time."}
          </Text>
          <Button type="submit" leftSection={<IconCalendarRepeat size={16} />} loading={save.isPending}>
            {changed ? "Save changes" : "Make schedule"}
          </Button>
        </div>
      </form>
    </Faults>
  );
}

function Name({ value, onChange }: { value: string; onChange: (name: string) => void }) {
  const fault = useFault(SCHEDULE, "name");
  return (
    <TextInput
      label="What people call it"
      maxLength={200}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={fault}
    />
  );
}
