import { ActionIcon, Group, Menu, Stack, Text, TextInput, Tooltip } from "@mantine/core";
import IconFileExport from "@tabler/icons-react/icons/IconFileExport";
import IconMessages from "@tabler/icons-react/icons/IconMessages";
import IconRoute from "@tabler/icons-react/icons/IconRoute";
import IconSearch from "@tabler/icons-react/icons/IconSearch";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import type { SortingState } from "@tanstack/react-table";
import { useMemo } from "react";
import { dictionaryQuery } from "../api/dictionary";
import type { ExportKind } from "../api/types";
import { journeysQuery } from "../api/journeys";
import type { Definition, Dictionary, Journey } from "../api/types";
import { QueryFailure } from "../components/QueryFailure";
import { MenuLink, TextLink } from "../components/links";
import { newDraft } from "../forms/export/draft";
import { write } from "../forms/export/write";
import { count, plural } from "../format/number";
import { CopyId } from "../ui/CopyId";
import { columnsOf, DataTable } from "../ui/DataTable";
import { Notice } from "../ui/Notice";
import { PageHeader } from "../ui/PageHeader";
import { Panel } from "../ui/Panel";
import { Time } from "../ui/Time";

const route = getRouteApi("/shell/journeys");
const NONE: Journey[] = [];

/** All journeys with their figures; each leads to the people who entered it. */
export function JourneysPage() {
  const { sort, desc, q } = route.useSearch();
  const navigate = route.useNavigate();
  const journeys = useQuery(journeysQuery());
  const dictionary = useQuery(dictionaryQuery());
  const columns = useMemo(() => makeColumns(dictionary.data), [dictionary.data]);
  const all = journeys.data?.journeys ?? NONE;
  const wanted = q?.toLowerCase();
  const rows = useMemo(
    () => (wanted ? all.filter((journey) => `${journey.journey_name} ${journey.journey_id}`.toLowerCase().includes(wanted)) : all),
    [all, wanted],
  );
  const sorting: SortingState = useMemo(() => (sort ? [{ id: sort, desc: desc === true }] : []), [sort, desc]);
  return (
    <>
      <PageHeader title="Journeys">
        {journeys.data ? `${plural(all.length, "journey", "journeys")}.` : "Who entered, what was sent, who left."} Choose one to see the people
        who entered it.
      </PageHeader>
      <TextInput
        aria-label="Search journeys"
        placeholder="Search by name or id"
        leftSection={<IconSearch size={16} />}
        maw={320}
        mb="md"
        defaultValue={q ?? ""}
        onChange={(event) => {
          const value = event.currentTarget.value || undefined;
          void navigate({ search: (before) => ({ ...before, q: value }), replace: true });
        }}
      />
      <Panel>
        {journeys.isError ? (
          <QueryFailure error={journeys.error} retry={journeys.refetch} />
        ) : journeys.data && rows.length === 0 ? (
          <Notice icon={<IconRoute size={22} />} title={q ? "No journey of that name or id" : "No journeys yet"}>
            {q ? "Try a part of the name." : "They appear here once journey events have come in by import or over the API."}
          </Notice>
        ) : (
          <DataTable
            label="Journeys"
            columns={columns}
            rows={rows}
            rowId={(journey) => String(journey.journey_id)}
            loading={journeys.isPending}
            sorting={sorting}
            onSorting={([next]) => void navigate({ search: (before) => ({ ...before, sort: next?.id, desc: next?.desc ? true : undefined }) })}
          />
        )}
      </Panel>
    </>
  );
}

/** The people who entered a journey. */
const entered = (id: number): Definition => ({
  all: [{ event: "journey_enter", where: { parameter: "journey_id", operator: "equals", value: id } }],
});

function makeColumns(dictionary: Dictionary | undefined) {
  const column = columnsOf<Journey>();
  return column.columns([
    column.accessor((journey) => journey.journey_name, {
      id: "name",
      header: "Journey",
      cell: ({ row: { original: journey } }) => (
        <Group gap={4} wrap="nowrap">
          <Tooltip label={`Journey id ${journey.journey_id}`} position="top-start">
            <TextLink to="/" search={{ filter: entered(journey.journey_id) }} fw={550} size="sm" c="var(--mantine-color-text)">
              {journey.journey_name || `Journey ${journey.journey_id}`}
            </TextLink>
          </Tooltip>
          <CopyId value={String(journey.journey_id)} what={`journey id ${journey.journey_id}`} />
        </Group>
      ),
    }),
    figure("entered", "Entered", (journey) => [journey.entered, journey.entered_profiles]),
    figure("exited", "Exited", (journey) => [journey.exited, journey.exited_profiles]),
    column.accessor(messageTotal, {
      id: "messages",
      header: "Messages",
      sortDescFirst: true,
      cell: ({ row }) => <Messages journey={row.original} dictionary={dictionary} />,
    }),
    column.accessor((journey) => journey.last_activity ?? "", {
      id: "last_activity",
      header: "Last activity",
      sortDescFirst: true,
      cell: ({ row }) => (row.original.last_activity ? <Time value={row.original.last_activity} /> : "–"),
    }),
    column.display({ id: "export", header: "Export", cell: ({ row }) => <ExportMenu journey={row.original} /> }),
  ]);
}

/** Takes a journey's passes or messages away: the form, with that journey in it. */
function ExportMenu({ journey: { journey_id: id, journey_name: name } }: { journey: Journey }) {
  const body = (kind: ExportKind) => write({ ...newDraft(kind), journeys: [id] }).body;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Tooltip label="Export">
          <ActionIcon variant="subtle" color="gray" aria-label={`Export ${name || `journey ${id}`}`}>
            <IconFileExport size={17} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        <MenuLink to="/exports/new" search={{ body: body("passes") }} leftSection={<IconRoute size={16} />}>
          Export passes
        </MenuLink>
        <MenuLink to="/exports/new" search={{ body: body("messages") }} leftSection={<IconMessages size={16} />}>
          Export messages
        </MenuLink>
      </Menu.Dropdown>
    </Menu>
  );
}

function figure(id: string, header: string, of: (journey: Journey) => [times: number, people: number]) {
  return columnsOf<Journey>().accessor((journey) => of(journey)[0], {
    id,
    header,
    sortDescFirst: true,
    meta: { end: true },
    cell: ({ row }) => {
      const [times, people] = of(row.original);
      return (
        <Tooltip label={`${plural(times, "time", "times")}, ${plural(people, "person", "people")}`}>
          <span>{count(times)}</span>
        </Tooltip>
      );
    },
  });
}

const messageTotal = (journey: Journey): number =>
  Object.values(journey.messages).reduce((sum, actions) => sum + (actions.SEND ?? 0), 0);

/** Channel by channel, how often each action occurred. */
function Messages({ journey, dictionary }: { journey: Journey; dictionary: Dictionary | undefined }) {
  const channels = Object.entries(journey.messages);
  if (channels.length === 0) return <Text c="dimmed" size="sm">none</Text>;
  return (
    <Stack gap={2}>
      {channels.map(([code, actions]) => (
        <Group key={code} gap={8} wrap="nowrap">
          <Text size="xs" w={188} c="dimmed" truncate title={`${channelName(dictionary, code)} (${code})`}>
            {channelName(dictionary, code)}
          </Text>
          {Object.entries(actions).map(([name, times]) => (
            <Tooltip key={name} label={dictionary?.actions.find((action) => action.name === name)?.meaning ?? name}>
              <Text size="xs" className="figures" style={{ whiteSpace: "nowrap" }} miw={92}>
                {count(times)}{" "}
                <Text span c="dimmed" size="xs">
                  {name}
                </Text>
              </Text>
            </Tooltip>
          ))}
        </Group>
      ))}
    </Stack>
  );
}

const channelName = (dictionary: Dictionary | undefined, code: string): string =>
  dictionary?.channels.find((channel) => channel.code === code)?.name ?? code;
