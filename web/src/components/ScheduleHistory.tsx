import { Button, Drawer, Group, Skeleton, Stack, Text } from "@mantine/core";
import IconPencil from "@tabler/icons-react/icons/IconPencil";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { scheduleQuery, scheduleRunsQuery } from "../api/schedules";
import type { Schedule } from "../api/types";
import { ruleWords } from "../format/rule";
import { duration } from "../format/time";
import { CopyId } from "../ui/CopyId";
import { Facts } from "../ui/Facts";
import { Time } from "../ui/Time";
import { ButtonLink, TextLink } from "./links";
import { QueryFailure } from "./QueryFailure";
import { RunStatus } from "./RunStatus";
import { Who } from "./Who";

interface Props {
  /** The schedule shown; none, and the drawer is closed. */
  id: string | undefined;
  onClose: () => void;
}

/** A schedule and what became of its runs. */
export function ScheduleHistory({ id, onClose }: Props) {
  return (
    <Drawer
      opened={id !== undefined}
      onClose={onClose}
      position="right"
      size={620}
      title={<Text component="span" fw={640}>Schedule</Text>}
      closeButtonProps={{ "aria-label": "Close history" }}
    >
      {id && <History key={id} id={id} />}
    </Drawer>
  );
}

function History({ id }: { id: string }) {
  const schedule = useQuery(scheduleQuery(id));
  if (schedule.isError) return <QueryFailure error={schedule.error} retry={schedule.refetch} />;
  if (!schedule.data) return <Skeleton h={320} radius="lg" />;
  return (
    <Stack gap="lg">
      <About schedule={schedule.data} />
      <Runs id={id} />
    </Stack>
  );
}

function About({ schedule }: { schedule: Schedule }) {
  const within = schedule.expected_within_seconds;
  return (
    <>
      <Group gap="sm">
        <Text fw={600}>{schedule.name}</Text>
        <CopyId value={schedule.id} what="schedule id" />
        <ButtonLink ms="auto" size="xs" to="/schedules/edit" search={{ schedule: schedule.id }} variant="default" leftSection={<IconPencil size={14} />}>
          Change
        </ButtonLink>
      </Group>
      <Facts
        facts={[
          { label: "When", value: `${ruleWords(schedule.rule)}, ${schedule.time_zone}` },
          { label: "Next run", value: schedule.next ? <Time value={schedule.next.at} /> : "paused" },
          { label: "Each run has", value: schedule.incremental ? "what came in since the last complete one" : "everything" },
          { label: "Missed runs", value: schedule.backfill ? "are made later, in order" : "are skipped" },
          ...(within === undefined
            ? []
            : [{ label: "Expected within", value: `${duration(within)}${schedule.notify ? `, else ${schedule.notify} is told` : ""}` }]),
          { label: "Changed", value: <><Time value={schedule.changed_at} /> by <Who who={schedule.changed_by} /></> },
        ]}
      />
    </>
  );
}

function Runs({ id }: { id: string }) {
  const history = useInfiniteQuery(scheduleRunsQuery(id));
  const runs = history.data?.pages.flatMap((page) => page.runs) ?? [];
  if (history.isError) return <QueryFailure error={history.error} retry={history.refetch} />;
  if (history.isPending) return <Skeleton h={160} radius="lg" />;
  return (
    <section aria-label="Runs">
      <Text component="h3" fw={600} size="sm" m={0} mb={4}>
        Runs
      </Text>
      {runs.length === 0 && (
        <Text size="sm" c="dimmed">
          No run was due yet.
        </Text>
      )}
      <ol style={{ listStyle: "none", margin: 0, padding: 0 }}>
        {runs.map((run, index) => (
          <li key={run.id} style={{ padding: "12px 0", borderBlockStart: index > 0 ? "1px solid var(--wf-line)" : undefined }}>
            <Group justify="space-between" gap="xs" mb={4}>
              <Text size="sm" component="span">
                <Time value={run.due_at} />
                {run.asked_by && (
                  <Text span size="xs" c="dimmed">
                    {" "}
                    asked for by <Who who={run.asked_by} />
                  </Text>
                )}
              </Text>
              {run.export_id && (
                <TextLink to="/exports" search={{ job: run.export_id }} size="sm">
                  Export
                </TextLink>
              )}
            </Group>
            <RunStatus run={run} whole />
          </li>
        ))}
      </ol>
      {history.hasNextPage && (
        <Button variant="default" mt="sm" loading={history.isFetchingNextPage} onClick={() => void history.fetchNextPage()}>
          Show older runs
        </Button>
      )}
    </section>
  );
}
