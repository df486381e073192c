import { ActionIcon, Button, Text, Tooltip } from "@mantine/core";
import IconListDetails from "@tabler/icons-react/icons/IconListDetails";
import IconTrash from "@tabler/icons-react/icons/IconTrash";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { listsQuery, removeList } from "../api/lists";
import { savedSegmentsQuery } from "../api/savedSegments";
import type { SavedList } from "../api/types";
import { QueryFailure } from "../components/QueryFailure";
import { TextLink } from "../components/links";
import { useSavedNames } from "../components/useSavedNames";
import { referencesOf } from "../filters/references";
import { ConfirmRemoval } from "../forms/ConfirmRemoval";
import { count } from "../format/number";
import { columnsOf, DataTable } from "../ui/DataTable";
import { Notice } from "../ui/Notice";
import { Panel } from "../ui/Panel";
import { Time } from "../ui/Time";

const NONE: SavedList[] = [];

/** All lists; each opens in the filters. */
export function SavedLists({ onNew }: { onNew: () => void }) {
  const lists = useQuery(listsQuery());
  const [removing, setRemoving] = useState<SavedList>();
  const columns = useMemo(() => makeColumns(setRemoving), []);
  const rows = lists.data?.lists ?? NONE;
  return (
    <>
      <Panel>
        {lists.isError ? (
          <QueryFailure error={lists.error} retry={lists.refetch} />
        ) : lists.data && rows.length === 0 ? (
          <Notice
            icon={<IconListDetails size={22} />}
            title="No lists yet"
            action={
              <Button variant="default" mt="xs" onClick={onNew} aria-haspopup="dialog">
                Make a list
              </Button>
            }
          >
            A list keeps the people of a segment as they are now, or those of a file with user ids.
          </Notice>
        ) : (
          <DataTable stack label="Lists" columns={columns} rows={rows} rowId={(list) => list.id} loading={lists.isPending} />
        )}
      </Panel>
      {removing && (
        <ConfirmRemoval
          title={`Delete “${removing.name}”?`}
          action="Delete list"
          remove={() => removeList(removing.id)}
          onClose={() => setRemoving(undefined)}
        >
          Whom it held is forgotten; the people themselves stay.
        </ConfirmRemoval>
      )}
    </>
  );
}

function makeColumns(onRemove: (list: SavedList) => void) {
  const column = columnsOf<SavedList>();
  return column.columns([
    column.display({
      id: "name",
      header: "List",
      cell: ({ row: { original: list } }) => (
        <TextLink to="/" search={{ filter: { list: list.id } }} fw={550} size="sm" c="var(--mantine-color-text)">
          {list.name}
        </TextLink>
      ),
    }),
    column.display({ id: "size", header: "People", meta: { end: true }, cell: ({ row }) => count(row.original.size) }),
    column.display({ id: "from", header: "Made from", cell: ({ row }) => <MadeFrom text={row.original.made_from} /> }),
    column.display({
      id: "made",
      header: "Made",
      cell: ({ row: { original: list } }) => (
        <>
          <Time value={list.made_at} />
          <Text size="xs" c="dimmed">
            by {list.made_by}
          </Text>
        </>
      ),
    }),
    column.display({ id: "used", header: "Used by", cell: ({ row }) => <UsedBy id={row.original.id} /> }),
    column.display({
      id: "actions",
      header: "Actions",
      cell: ({ row: { original: list } }) => (
        <Tooltip label="Delete">
          <ActionIcon variant="subtle" color="gray" aria-label={`Delete list ${list.name}`} onClick={() => onRemove(list)}>
            <IconTrash size={17} />
          </ActionIcon>
        </Tooltip>
      ),
    }),
  ]);
}

function MadeFrom({ text }: { text: string }) {
  const named = useSavedNames();
  return (
    <Text size="sm" c="dimmed" lineClamp={2} maw={360}>
      {named(text)}
    </Text>
  );
}

/** The segments that refer to a list, as their definitions say. */
function UsedBy({ id }: { id: string }) {
  const saved = useQuery(savedSegmentsQuery());
  const users = (saved.data?.segments ?? []).filter(({ definition }) => referencesOf(definition).lists.has(id));
  return (
    <Text size="sm" c="dimmed">
      {users.length === 0 ? "nothing" : users.map(({ name }) => `“${name}”`).join(", ")}
    </Text>
  );
}
