import { ActionIcon, Badge, Button, Group, Text, Tooltip, UnstyledButton } from "@mantine/core";
import IconPlugConnected from "@tabler/icons-react/icons/IconPlugConnected";
import IconPlus from "@tabler/icons-react/icons/IconPlus";
import IconSend from "@tabler/icons-react/icons/IconSend";
import IconTrash from "@tabler/icons-react/icons/IconTrash";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { destinationsQuery, removeDestination, testDestination } from "../api/destinations";
import type { Destination } from "../api/types";
import { DestinationTestResult } from "../components/DestinationTestResult";
import { QueryFailure } from "../components/QueryFailure";
import { Who } from "../components/Who";
import { ConfirmRemoval } from "../forms/ConfirmRemoval";
import { KINDS } from "../forms/destination/fields";
import { DestinationForm } from "../forms/DestinationForm";
import { EndpointSecret } from "../forms/EndpointSecret";
import type { ToldSecret } from "../forms/EndpointSecret";
import { columnsOf, DataTable } from "../ui/DataTable";
import { Notice } from "../ui/Notice";
import { PageHeader } from "../ui/PageHeader";
import { Panel } from "../ui/Panel";
import { Time } from "../ui/Time";

const NONE: Destination[] = [];

/** Where exports are sent to, each with a test that says what fails. */
export function DestinationsPage() {
  const queries = useQueryClient();
  const destinations = useQuery(destinationsQuery());
  const [edited, setEdited] = useState<Destination | "new">();
  const [removing, setRemoving] = useState<Destination>();
  const [told, setTold] = useState<ToldSecret>();
  const columns = useMemo(() => makeColumns(setEdited, setRemoving), []);
  const rows = destinations.data?.destinations ?? NONE;
  const add = (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setEdited("new")} aria-haspopup="dialog">
      New destination
    </Button>
  );
  return (
    <>
      <PageHeader title="Destinations" actions={add}>
        Where exports are sent to when they are complete: files first, the manifest last; or who gets a link.
      </PageHeader>
      <Panel>
        {destinations.isError ? (
          <QueryFailure error={destinations.error} retry={destinations.refetch} />
        ) : destinations.data && rows.length === 0 ? (
          <Notice icon={<IconSend size={22} />} title="No destinations yet">
            A bucket, a container, an SFTP server, a folder, people with e-mail, a webhook. Once it is here, exports can be sent to it.
          </Notice>
        ) : (
          <DataTable stack label="Destinations" columns={columns} rows={rows} rowId={(row) => row.id} loading={destinations.isPending} />
        )}
      </Panel>
      {edited && (
        <DestinationForm destination={edited === "new" ? undefined : edited} onSecret={setTold} onClose={() => setEdited(undefined)} />
      )}
      {told && <EndpointSecret told={told} onClose={() => setTold(undefined)} />}
      {removing && (
        <ConfirmRemoval
          title={`Delete “${removing.name}”?`}
          action="Delete destination"
          remove={async () => {
            await removeDestination(removing.id);
            await queries.invalidateQueries({ queryKey: ["destinations"] });
          }}
          onClose={() => setRemoving(undefined)}
        >
          Its secrets are forgotten and what is on its way there is given up. Files that arrived stay.
        </ConfirmRemoval>
      )}
    </>
  );
}

function makeColumns(onEdit: (destination: Destination) => void, onRemove: (destination: Destination) => void) {
  const column = columnsOf<Destination>();
  return column.columns([
    column.display({
      id: "name",
      header: "Destination",
      cell: ({ row: { original: destination } }) => (
        <Group gap="xs">
          <UnstyledButton onClick={() => onEdit(destination)} aria-haspopup="dialog">
            <Text size="sm" fw={550} style={{ overflowWrap: "anywhere" }}>
              {destination.name}
            </Text>
          </UnstyledButton>
          {destination.disabled && (
            <Badge variant="outline" color="gray" radius="sm" tt="none">
              Disabled
            </Badge>
          )}
        </Group>
      ),
    }),
    column.display({
      id: "kind",
      header: "Kind",
      cell: ({ row: { original: destination } }) => (
        <>
          {KINDS.find((kind) => kind.value === destination.settings.kind)?.label}
          <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
            {placeOf(destination)}
          </Text>
        </>
      ),
    }),
    column.display({
      id: "changed",
      header: "Changed",
      cell: ({ row: { original: destination } }) => (
        <>
          <Time value={destination.changed_at} />
          <Text size="xs" c="dimmed">
            by <Who who={destination.changed_by} />
          </Text>
        </>
      ),
    }),
    column.display({ id: "test", header: "Test", cell: ({ row }) => <Test destination={row.original} /> }),
    column.display({
      id: "actions",
      header: "Actions",
      cell: ({ row: { original: destination } }) => (
        <Tooltip label="Delete">
          <ActionIcon variant="subtle" color="gray" aria-label={`Delete destination ${destination.name}`} onClick={() => onRemove(destination)}>
            <IconTrash size={17} />
          </ActionIcon>
        </Tooltip>
      ),
    }),
  ]);
}

function Test({ destination }: { destination: Destination }) {
  const test = useMutation({ mutationFn: () => testDestination(destination.id) });
  return (
    <>
      <Button
        size="xs"
        variant="default"
        leftSection={<IconPlugConnected size={14} />}
        loading={test.isPending}
        onClick={() => test.mutate()}
        aria-label={`Test destination ${destination.name}`}
      >
        Test
      </Button>
      {(test.data ?? test.error) && (
        <div style={{ marginTop: 8, maxWidth: 420 }}>
          <DestinationTestResult result={test.data} error={test.error} />
        </div>
      )}
    </>
  );
}

/** Where it is, in a few letters. */
function placeOf({ settings }: Destination): string {
  switch (settings.kind) {
    case "s3":
    case "gcs":
      return settings.bucket;
    case "azure":
      return `${settings.account}/${settings.container}`;
    case "sftp":
      return `${settings.user}@${settings.host}`;
    case "folder":
      return settings.path;
    case "email":
      return settings.to.join(", ");
    case "webhook":
      return hostOf(settings.url);
  }
}

/** The rest of an address may hold a secret. */
function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
}
