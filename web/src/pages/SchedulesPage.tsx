import { ActionIcon, Button, Group, Menu, Text, UnstyledButton } from "@mantine/core";
import IconCalendarPlus from "@tabler/icons-react/icons/IconCalendarPlus";
import IconCalendarRepeat from "@tabler/icons-react/icons/IconCalendarRepeat";
import IconDots from "@tabler/icons-react/icons/IconDots";
import IconHistory from "@tabler/icons-react/icons/IconHistory";
import IconPencil from "@tabler/icons-react/icons/IconPencil";
import IconPlayerPause from "@tabler/icons-react/icons/IconPlayerPause";
import IconPlayerPlay from "@tabler/icons-react/icons/IconPlayerPlay";
import IconTrash from "@tabler/icons-react/icons/IconTrash";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { removeSchedule, schedulesQuery } from "../api/schedules";
import type { Schedule } from "../api/types";
import { ButtonLink, MenuLink } from "../components/links";
import { QueryFailure } from "../components/QueryFailure";
import { RunStatus } from "../components/RunStatus";
import { ScheduleHistory } from "../components/ScheduleHistory";
import { ConfirmRemoval } from "../forms/ConfirmRemoval";
import { useScheduleActions } from "../forms/schedule/useScheduleActions";
import { changeWords, isOwnClock, localClock, ruleWords } from "../format/rule";
import { columnsOf, DataTable } from "../ui/DataTable";
import { Notice } from "../ui/Notice";
import { PageHeader } from "../ui/PageHeader";
import { Panel } from "../ui/Panel";
import { Time } from "../ui/Time";

const route = getRouteApi("/shell/schedules");

/** Exports that are made again and again: when the next run is due, and how the last one went. */
export function SchedulesPage() {
  const { schedule: chosen } = route.useSearch();
  const navigate = route.useNavigate();
  const schedules = useInfiniteQuery(schedulesQuery());
  const [removing, setRemoving] = useState<Schedule>();
  const rows = useMemo(() => schedules.data?.pages.flatMap((page) => page.schedules) ?? [], [schedules.data]);
  const columns = useMemo(() => makeColumns((schedule) => void navigate({ search: { schedule } }), setRemoving), [navigate]);
  return (
    <>
      <PageHeader
        title="Schedules"
        actions={
          <ButtonLink to="/schedules/edit" leftSection={<IconCalendarPlus size={16} />}>
            New schedule
          </ButtonLink>
        }
      >
        Exports that are made again and again, each run once, also when clocks are set.
      </PageHeader>
      <Panel>
        {schedules.isError ? (
          <QueryFailure error={schedules.error} retry={schedules.refetch} />
        ) : schedules.data && rows.length === 0 ? (
          <Notice
            icon={<IconCalendarRepeat size={22} />}
            title="No schedules yet"
            action={
              <ButtonLink to="/schedules/edit" variant="default" mt="xs">
                New schedule
              </ButtonLink>
            }
          >
            A schedule makes an export by the hour, day, week or month, and says when a run is late.
          </Notice>
        ) : (
          <DataTable stack label="Schedules" columns={columns} rows={rows} rowId={(schedule) => schedule.id} loading={schedules.isPending} />
        )}
      </Panel>
      {schedules.hasNextPage && (
        <Group justify="center" mt="md">
          <Button variant="default" loading={schedules.isFetchingNextPage} onClick={() => void schedules.fetchNextPage()}>
            Show older schedules
          </Button>
        </Group>
      )}
      <ScheduleHistory id={chosen} onClose={() => void navigate({ search: {} })} />
      {removing && (
        <ConfirmRemoval
          title={`Delete “${removing.name}”?`}
          action="Delete schedule"
          changes="schedules"
          remove={() => removeSchedule(removing.id)}
          onClose={() => setRemoving(undefined)}
        >
          Its history is forgotten. Exports that it made stay.
        </ConfirmRemoval>
      )}
    </>
  );
}

function makeColumns(onHistory: (id: string) => void, onRemove: (schedule: Schedule) => void) {
  const column = columnsOf<Schedule>();
  return column.columns([
    column.display({
      id: "name",
      header: "Schedule",
      cell: ({ row: { original: schedule } }) => (
        <div style={{ maxWidth: 300 }}>
          <UnstyledButton onClick={() => onHistory(schedule.id)}>
            <Text size="sm" fw={550} lineClamp={2}>
              {schedule.name}
            </Text>
          </UnstyledButton>
          <Text size="xs" c="dimmed">
            {ruleWords(schedule.rule)} · {schedule.time_zone}
            {schedule.incremental && " · only what is new"}
          </Text>
        </div>
      ),
    }),
    column.display({ id: "next", header: "Next run", cell: ({ row }) => <NextRun schedule={row.original} /> }),
    column.display({
      id: "last",
      header: "Last run",
      cell: ({ row: { original: schedule } }) =>
        schedule.last_run ? (
          <div style={{ maxWidth: 280 }}>
            <RunStatus run={schedule.last_run} />
            <Text size="xs" c="dimmed" mt={2} style={{ whiteSpace: "nowrap" }}>
              due <Time value={schedule.last_run.due_at} />
            </Text>
          </div>
        ) : (
          <Text size="sm" c="dimmed">
            none yet
          </Text>
        ),
    }),
    column.display({
      id: "actions",
      header: "Actions",
      cell: ({ row }) => <Actions schedule={row.original} onHistory={onHistory} onRemove={onRemove} />,
    }),
  ]);
}

function NextRun({ schedule: { next, time_zone: zone } }: { schedule: Schedule }) {
  if (!next) {
    return (
      <Text size="sm" c="dimmed">
        paused
      </Text>
    );
  }
  return (
    <>
      <Time value={next.at} />
      {!isOwnClock(next.local) && (
        <Text size="xs" c="dimmed" className="figures">
          {localClock(next.local)} in {zone}
        </Text>
      )}
      {changeWords(next.change) && <Text size="xs">{changeWords(next.change)}</Text>}
    </>
  );
}

interface ActionsProps {
  schedule: Schedule;
  onHistory: (id: string) => void;
  onRemove: (schedule: Schedule) => void;
}

function Actions({ schedule, onHistory, onRemove }: ActionsProps) {
  const { pause, run } = useScheduleActions(schedule);
  return (
    <Group gap={6} wrap="nowrap">
      <Button size="xs" variant="default" leftSection={<IconPlayerPlay size={14} />} loading={run.isPending} onClick={() => run.mutate()}>
        Run now
      </Button>
      <Button size="xs" variant="default" leftSection={schedule.paused ? <IconPlayerPlay size={14} /> : <IconPlayerPause size={14} />} loading={pause.isPending} onClick={() => pause.mutate()}>
        {schedule.paused ? "Resume" : "Pause"}
      </Button>
      <Menu position="bottom-end" width={180}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={`More for schedule ${schedule.name}`}>
            <IconDots size={17} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconHistory size={16} />} onClick={() => onHistory(schedule.id)}>
            History
          </Menu.Item>
          <MenuLink to="/schedules/edit" search={{ schedule: schedule.id }} leftSection={<IconPencil size={16} />}>
            Change
          </MenuLink>
          <Menu.Item leftSection={<IconTrash size={16} />} onClick={() => onRemove(schedule)}>
            Delete
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </Group>
  );
}
