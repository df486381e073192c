import { Button, Group, NativeSelect, Skeleton, Stack, Text } from "@mantine/core";
import IconHistory from "@tabler/icons-react/icons/IconHistory";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { auditQuery, detailText } from "../api/audit";
import type { AuditEntry } from "../api/types";
import { QueryFailure } from "../components/QueryFailure";
import { Who } from "../components/Who";
import { TextLink } from "../components/links";
import { DEEDS, deedName } from "../format/deeds";
import { detailWords } from "../format/detail";
import { plural } from "../format/number";
import { shortId } from "../format/who";
import { columnsOf, DataTable } from "../ui/DataTable";
import { Notice } from "../ui/Notice";
import { PageHeader } from "../ui/PageHeader";
import { Panel } from "../ui/Panel";
import { Time } from "../ui/Time";

const route = getRouteApi("/shell/audit");

/** What was done with exports and keys: who asked, who has the files. */
export function AuditPage() {
  const { deed, subject } = route.useSearch();
  const navigate = route.useNavigate();
  const audit = useInfiniteQuery(auditQuery({ deed, subject }));
  const entries = audit.data?.pages.flatMap((page) => page.entries) ?? [];
  return (
    <>
      <PageHeader title="Audit">Who asked for exports, who was given links, who downloaded files, who changed API keys. Nothing here can be changed.</PageHeader>
      <Group mb="md" justify="space-between">
        <Group gap="sm">
          <NativeSelect
            aria-label="Show deeds"
            w={220}
            value={deed ?? ""}
            data={[{ value: "", label: "Everything" }, ...Object.entries(DEEDS).map(([value, label]) => ({ value, label }))]}
            onChange={(change) => {
              const chosen = change.currentTarget.value || undefined;
              void navigate({ search: (before) => ({ ...before, deed: chosen }) });
            }}
          />
          {subject && (
            <Button variant="default" onClick={() => void navigate({ search: (before) => ({ ...before, subject: undefined }) })}>
              Show all exports
            </Button>
          )}
        </Group>
        <Text size="sm" c="dimmed" role="status">
          {audit.data && `${plural(entries.length, "entry", "entries")} shown, newest first`}
        </Text>
      </Group>
      <Panel>
        {audit.isError ? (
          <QueryFailure error={audit.error} retry={audit.refetch} />
        ) : audit.isPending ? (
          <Stack p="lg" gap="lg">
            {Array.from({ length: 6 }, (_, index) => (
              <Skeleton key={index} h={28} />
            ))}
          </Stack>
        ) : entries.length === 0 ? (
          <Notice icon={<IconHistory size={22} />} title={deed || subject ? "Nothing of that kind was done" : "Nothing was done yet"}>
            {deed || subject ? "Choose something else above." : "Each export that is asked for, and each file that is downloaded, is written down here."}
          </Notice>
        ) : (
          <DataTable stack label="Audit" columns={COLUMNS} rows={entries} rowId={(entry) => String(entry.number)} />
        )}
      </Panel>
      {audit.hasNextPage && (
        <Group justify="center" mt="md">
          <Button variant="default" loading={audit.isFetchingNextPage} onClick={() => void audit.fetchNextPage()}>
            Show older entries
          </Button>
        </Group>
      )}
    </>
  );
}

const column = columnsOf<AuditEntry>();
const COLUMNS = column.columns([
  column.accessor("at", { header: "When", cell: ({ getValue }) => <Time value={getValue()} /> }),
  column.accessor("deed", { header: "What", cell: ({ getValue }) => <span style={{ whiteSpace: "nowrap" }}>{deedName(getValue())}</span> }),
  column.accessor("who", { header: "Who", cell: ({ getValue }) => <Who who={getValue()} /> }),
  column.accessor("subject", {
    header: "Of what",
    cell: ({ row: { original: entry } }) => entry.subject && <Subject id={entry.subject} name={detailText(entry, "name")} />,
  }),
  column.accessor("detail", { header: "More", cell: ({ getValue }) => <Detail detail={getValue()} /> }),
]);

/** An export or a key, with the way to it. */
function Subject({ id, name }: { id: string; name: string | undefined }) {
  return id.startsWith("key_") ? (
    <TextLink to="/keys" size="sm" title={id}>
      {name ?? shortId(id)}
    </TextLink>
  ) : (
    <TextLink to="/exports" search={{ job: id }} size="sm" className="mono" title={id}>
      {shortId(id)}
    </TextLink>
  );
}

/** What else is known of a deed. */
function Detail({ detail }: { detail: AuditEntry["detail"] }) {
  return (
    <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
      {detailWords(detail)}
    </Text>
  );
}
