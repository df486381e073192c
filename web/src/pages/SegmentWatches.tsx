import { ActionIcon, Badge, Button, Group, Menu, Text, Title } from "@mantine/core";
import IconDots from "@tabler/icons-react/icons/IconDots";
import IconEye from "@tabler/icons-react/icons/IconEye";
import IconPencil from "@tabler/icons-react/icons/IconPencil";
import IconPlus from "@tabler/icons-react/icons/IconPlus";
import IconTrash from "@tabler/icons-react/icons/IconTrash";
import { useQuery } from "@tanstack/react-query";
import { useId, useMemo, useState } from "react";
import type { SegmentWatch } from "../api/types";
import { removeWatch, watchesQuery } from "../api/webhooks";
import { QueryFailure } from "../components/QueryFailure";
import { Who } from "../components/Who";
import { useSavedNames } from "../components/useSavedNames";
import { ConfirmRemoval } from "../forms/ConfirmRemoval";
import { WatchForm } from "../forms/WatchForm";
import { count } from "../format/number";
import { everyWords, isAcross, sideWords, thresholdWords } from "../format/watch";
import { columnsOf, DataTable } from "../ui/DataTable";
import { Notice } from "../ui/Notice";
import { Panel } from "../ui/Panel";
import { Time } from "../ui/Time";

const NONE: SegmentWatch[] = [];

/** Saved segments that are counted again and again: endpoints are told when a count crosses its threshold. */
export function SegmentWatches() {
  const id = useId();
  const watches = useQuery(watchesQuery());
  const [form, setForm] = useState<"new" | SegmentWatch>();
  const [removing, setRemoving] = useState<SegmentWatch>();
  const columns = useMemo(() => makeColumns(setForm, setRemoving), []);
  const rows = watches.data?.watches ?? NONE;
  return (
    <section aria-labelledby={id}>
      <Group justify="space-between" align="flex-end" mt={36} mb="md" gap="md">
        <div>
          <Title order={2} id={id}>
            Watched segments
          </Title>
          <Text size="sm" c="dimmed">
            Counted again and again. Each crossing of a threshold is told once.
          </Text>
        </div>
        <Button variant="default" leftSection={<IconPlus size={16} />} onClick={() => setForm("new")} aria-haspopup="dialog">
          New watch
        </Button>
      </Group>
      <Panel>
        {watches.isError ? (
          <QueryFailure error={watches.error} retry={watches.refetch} />
        ) : watches.data && rows.length === 0 ? (
          <Notice icon={<IconEye size={22} />} title="No watches yet">
            A watch counts a saved segment every so many minutes. Endpoints are told when it comes to mean more people than a threshold, or fewer.
          </Notice>
        ) : (
          <DataTable stack label="Watches" columns={columns} rows={rows} rowId={(watch) => watch.id} loading={watches.isPending} />
        )}
      </Panel>
      {form && <WatchForm watch={form === "new" ? undefined : form} onClose={() => setForm(undefined)} />}
      {removing && (
        <ConfirmRemoval title="Delete this watch?" action="Delete watch" changes="webhooks" remove={() => removeWatch(removing.id)} onClose={() => setRemoving(undefined)}>
          The segment stays. What was told of it stays among the messages.
        </ConfirmRemoval>
      )}
    </section>
  );
}

function makeColumns(onChange: (watch: SegmentWatch) => void, onRemove: (watch: SegmentWatch) => void) {
  const column = columnsOf<SegmentWatch>();
  return column.columns([
    column.display({
      id: "segment",
      header: "Segment",
      cell: ({ row: { original: watch } }) => (
        <div style={{ minWidth: 160, maxWidth: 320 }}>
          <Text size="sm" fw={550} style={{ overflowWrap: "anywhere" }}>
            <SegmentName id={watch.segment} />
          </Text>
          <Text size="xs" c="dimmed">
            made by <Who who={watch.created_by} />
          </Text>
        </div>
      ),
    }),
    column.display({
      id: "tells",
      header: "Tells of",
      cell: ({ row: { original: watch } }) => (
        <div style={{ minWidth: 170 }}>
          {thresholdWords(watch)}
          <Text size="xs" c="dimmed">
            looks {everyWords(watch.every_minutes)}
          </Text>
        </div>
      ),
    }),
    column.display({ id: "seen", header: "Last count", cell: ({ row }) => <LastLook watch={row.original} /> }),
    column.display({ id: "crossings", header: "Crossings told", meta: { end: true }, cell: ({ row }) => count(row.original.crossings) }),
    column.display({ id: "actions", header: "Actions", cell: ({ row }) => <Actions watch={row.original} onChange={onChange} onRemove={onRemove} /> }),
  ]);
}

function SegmentName({ id }: { id: string }) {
  const named = useSavedNames();
  return named(id).replace(/^“(.*)”$/, "$1");
}

/** What the newest look saw, on which side of the threshold, and why there is none. */
function LastLook({ watch }: { watch: SegmentWatch }) {
  const side = sideWords(watch);
  return (
    <div style={{ minWidth: 170, maxWidth: 320 }}>
      {typeof watch.last_count === "number" && (
        <Group gap="xs">
          <span className="figures">{count(watch.last_count)}</span>
          <Badge variant="dot" color={isAcross(watch) ? "orange" : "gray"} radius="sm" tt="none" fw={550}>
            {side}
          </Badge>
        </Group>
      )}
      <Text size="xs" c="dimmed" mt={2} component="div">
        {watch.looked_at ? (
          <>
            looked <Time value={watch.looked_at} />
          </>
        ) : (
          "looks soon"
        )}
      </Text>
      {watch.last_error && (
        <Text size="xs" c="var(--mantine-color-error)" style={{ overflowWrap: "anywhere" }}>
          {watch.last_error}
        </Text>
      )}
    </div>
  );
}

interface ActionsProps {
  watch: SegmentWatch;
  onChange: (watch: SegmentWatch) => void;
  onRemove: (watch: SegmentWatch) => void;
}

function Actions({ watch, onChange, onRemove }: ActionsProps) {
  const named = useSavedNames();
  return (
    <Menu position="bottom-end" width={160}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`More for the watch of ${named(watch.segment)}, ${thresholdWords(watch)}`}>
          <IconDots size={17} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconPencil size={16} />} onClick={() => onChange(watch)}>
          Change
        </Menu.Item>
        <Menu.Item leftSection={<IconTrash size={16} />} onClick={() => onRemove(watch)}>
          Delete
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
