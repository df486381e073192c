import { ActionIcon, Menu, Text } from "@mantine/core";
import IconChartBar from "@tabler/icons-react/icons/IconChartBar";
import IconChartPie from "@tabler/icons-react/icons/IconChartPie";
import IconDots from "@tabler/icons-react/icons/IconDots";
import IconHistory from "@tabler/icons-react/icons/IconHistory";
import IconListDetails from "@tabler/icons-react/icons/IconListDetails";
import IconPencil from "@tabler/icons-react/icons/IconPencil";
import IconTrash from "@tabler/icons-react/icons/IconTrash";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { removeSegment, savedSegmentsQuery } from "../api/savedSegments";
import type { SavedSegment } from "../api/types";
import { QueryFailure } from "../components/QueryFailure";
import { SavedCount } from "../components/SavedCount";
import { TextLink } from "../components/links";
import { useSavedNames } from "../components/useSavedNames";
import { BreakdownDrawer } from "../forms/BreakdownDrawer";
import { ConfirmRemoval } from "../forms/ConfirmRemoval";
import { NewListForm } from "../forms/NewListForm";
import { RenameSegmentForm } from "../forms/RenameSegmentForm";
import { columnsOf, DataTable } from "../ui/DataTable";
import { Notice } from "../ui/Notice";
import { Panel } from "../ui/Panel";
import { Time } from "../ui/Time";

const NONE: SavedSegment[] = [];

/** What can be done with a segment in a window of its own. */
type Act = "rename" | "breakdown" | "list" | "remove";

/** All saved segments; each opens in the filters. */
export function SavedSegments({ onHistory }: { onHistory: (id: string) => void }) {
  const saved = useQuery(savedSegmentsQuery());
  const [acting, setActing] = useState<{ act: Act; segment: SavedSegment }>();
  const columns = useMemo(() => makeColumns((act, segment) => setActing({ act, segment }), onHistory), [onHistory]);
  const rows = saved.data?.segments ?? NONE;
  const close = () => setActing(undefined);
  return (
    <>
      <Panel>
        {saved.isError ? (
          <QueryFailure error={saved.error} retry={saved.refetch} />
        ) : saved.data && rows.length === 0 ? (
          <Notice
            icon={<IconChartPie size={22} />}
            title="No segments yet"
            action={
              <TextLink to="/" size="sm">
                Go to User Profiles
              </TextLink>
            }
          >
            Filter people under User Profiles, then press Save and “Save as segment”.
          </Notice>
        ) : (
          <DataTable stack label="Saved segments" columns={columns} rows={rows} rowId={(segment) => segment.id} loading={saved.isPending} />
        )}
      </Panel>
      {acting?.act === "rename" && <RenameSegmentForm segment={acting.segment} onClose={close} />}
      {acting?.act === "breakdown" && (
        <BreakdownDrawer of={`“${acting.segment.name}”`} definition={{ segment: acting.segment.id }} asOf={undefined} onClose={close} />
      )}
      {acting?.act === "list" && <NewListForm segment={acting.segment.id} onClose={close} />}
      {acting?.act === "remove" && (
        <ConfirmRemoval
          title={`Delete “${acting.segment.name}”?`}
          action="Delete segment"
          remove={() => removeSegment(acting.segment.id)}
          onClose={close}
        >
          No one is deleted with it, and files that were exported stay.
        </ConfirmRemoval>
      )}
    </>
  );
}

function makeColumns(onAct: (act: Act, segment: SavedSegment) => void, onHistory: (id: string) => void) {
  const column = columnsOf<SavedSegment>();
  return column.columns([
    column.display({
      id: "name",
      header: "Segment",
      cell: ({ row: { original: segment } }) => (
        <div style={{ minWidth: 220, maxWidth: 460 }}>
          <TextLink
            to="/"
            search={{ filter: segment.definition, segment: segment.id, version: segment.version }}
            fw={550}
            size="sm"
            c="var(--mantine-color-text)"
          >
            {segment.name}
          </TextLink>
          <SegmentWords words={segment.words} />
        </div>
      ),
    }),
    column.display({
      id: "count",
      header: "People",
      meta: { end: true },
      cell: ({ row }) => <SavedCount id={row.original.id} />,
    }),
    column.display({ id: "version", header: "Version", meta: { end: true }, cell: ({ row }) => row.original.version }),
    column.display({
      id: "changed",
      header: "Changed",
      cell: ({ row: { original: segment } }) => (
        <>
          <Time value={segment.changed_at} />
          <Text size="xs" c="dimmed">
            by {segment.changed_by}
          </Text>
        </>
      ),
    }),
    column.display({ id: "used", header: "Used by", cell: ({ row }) => <UsedBy ids={row.original.used_by} /> }),
    column.display({
      id: "actions",
      header: "Actions",
      cell: ({ row: { original: segment } }) => (
        <Menu position="bottom-end" width={230}>
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" aria-label={`More for segment ${segment.name}`}>
              <IconDots size={17} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<IconPencil size={16} />} onClick={() => onAct("rename", segment)}>
              Rename
            </Menu.Item>
            <Menu.Item leftSection={<IconHistory size={16} />} onClick={() => onHistory(segment.id)}>
              Version history
            </Menu.Item>
            <Menu.Item leftSection={<IconChartBar size={16} />} onClick={() => onAct("breakdown", segment)}>
              Break down
            </Menu.Item>
            <Menu.Item leftSection={<IconListDetails size={16} />} onClick={() => onAct("list", segment)}>
              Make a list of it
            </Menu.Item>
            <Menu.Divider />
            <Menu.Item c="var(--mantine-color-error)" leftSection={<IconTrash size={16} />} onClick={() => onAct("remove", segment)}>
              Delete
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      ),
    }),
  ]);
}

function SegmentWords({ words }: { words: string }) {
  const named = useSavedNames();
  return (
    <Text size="xs" c="dimmed" lineClamp={3}>
      {named(words)}
    </Text>
  );
}

function UsedBy({ ids }: { ids: string[] }) {
  const named = useSavedNames();
  return (
    <Text size="sm" c="dimmed">
      {ids.length === 0 ? "nothing" : ids.map(named).join(", ")}
    </Text>
  );
}
