import { Alert, Skeleton, Text, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useId } from "react";
import { sentence } from "../../api/errors";
import { dueQuery } from "../../api/schedules";
import type { ScheduleRule } from "../../api/types";
import { changeWords, localClock } from "../../format/rule";
import { utc } from "../../format/time";
import { Panel } from "../../ui/Panel";
import classes from "../export/export.module.css";

interface Props {
  rule: ScheduleRule;
  timeZone: string;
}

/** The next times at which a rule is due, as it is being written. */
export function DuePanel({ rule, timeZone }: Props) {
  const id = useId();
  const [asked] = useDebouncedValue(JSON.stringify({ rule, timeZone }), 200);
  const settled = JSON.parse(asked) as Props;
  const due = useQuery(dueQuery(settled.rule, settled.timeZone));
  return (
    <Panel className={classes.aside}>
      <section aria-labelledby={id} aria-live="polite" aria-busy={due.isPlaceholderData}>
        <Title order={2} id={id} mb="sm">
          Next due times
        </Title>
        {due.isError ? (
          <Alert color="red" variant="light">
            {sentence(due.error)}
          </Alert>
        ) : due.data ? (
          <ol style={{ margin: 0, paddingInlineStart: 20 }}>
            {due.data.due.map(({ at, local, change }) => (
              <li key={at} style={{ marginBlockEnd: 10 }}>
                <Text size="sm" fw={550} className="figures">
                  {localClock(local)}
                </Text>
                <Text size="xs" c="dimmed" className="figures">
                  {utc(at)}
                </Text>
                {changeWords(change) && (
                  <Text size="xs" mt={2}>
                    {changeWords(change)}
                  </Text>
                )}
              </li>
            ))}
          </ol>
        ) : (
          <Skeleton h={180} />
        )}
        <Text size="xs" c="dimmed" mt="sm">
          By the clock of {timeZone}, and in UTC.
        </Text>
      </section>
    </Panel>
  );
}
