import { ActionIcon, Button, Group, NativeSelect, Text, TextInput, Tooltip } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import IconChartBar from "@tabler/icons-react/icons/IconChartBar";
import IconChevronLeft from "@tabler/icons-react/icons/IconChevronLeft";
import IconChevronRight from "@tabler/icons-react/icons/IconChevronRight";
import IconFileExport from "@tabler/icons-react/icons/IconFileExport";
import IconHelpCircle from "@tabler/icons-react/icons/IconHelpCircle";
import IconSearch from "@tabler/icons-react/icons/IconSearch";
import IconUserOff from "@tabler/icons-react/icons/IconUserOff";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState } from "react";
import { dictionaryQuery } from "../api/dictionary";
import { profilesQuery } from "../api/profiles";
import { EVERYONE } from "../api/segments";
import type { Definition, Dictionary, ProfileRow, SavedSegment } from "../api/types";
import { ColumnsMenu } from "../components/ColumnsMenu";
import { FilterWords } from "../components/FilterWords";
import { QueryFailure } from "../components/QueryFailure";
import { TextLink } from "../components/links";
import { SaveMenu } from "../components/SaveMenu";
import { BreakdownDrawer } from "../forms/BreakdownDrawer";
import { EditedSegment } from "../forms/EditedSegment";
import { ExportForm } from "../forms/ExportForm";
import { FilterBar } from "../forms/filter/FilterBar";
import { NewListForm } from "../forms/NewListForm";
import { SaveSegmentForm } from "../forms/SaveSegmentForm";
import { WhyDrawer } from "../forms/WhyDrawer";
import { attributeName } from "../format/names";
import { valueText } from "../format/value";
import { CopyId } from "../ui/CopyId";
import { columnsOf, DataTable } from "../ui/DataTable";
import { Notice } from "../ui/Notice";
import { PageHeader } from "../ui/PageHeader";
import { Panel } from "../ui/Panel";
import { Time } from "../ui/Time";
import { IDENTIFIERS } from "./search";
import type { ProfilesSearch } from "./search";

const route = getRouteApi("/shell/");
const NONE: ProfileRow[] = [];
const PAGE = 50;

/** What can be done with the people shown, in a window of its own. */
type Act = "export" | "breakdown" | "segment" | "list";

/** Home: the people, searched and filtered, and the way to take them away as a file. */
export function ProfilesPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const go = (change: Partial<ProfilesSearch>, replace = false) =>
    void navigate({ search: (before: ProfilesSearch) => ({ ...before, after: undefined, ...change }), replace });
  const [acting, setActing] = useState<Act>();
  const [asked, setAsked] = useState<ProfileRow>();
  const dictionary = useQuery(dictionaryQuery());
  const profiles = useQuery(
    profilesQuery({
      definition: search.filter,
      query: search.q,
      by: search.q ? search.by : undefined,
      as_of: search.as_of,
      cursor: search.after?.at(-1),
      limit: PAGE,
    }),
  );
  const rows = profiles.data?.profiles ?? NONE;
  const shown = useMemo(() => search.columns ?? defaultColumns(dictionary.data), [search.columns, dictionary.data]);
  const columns = useMemo(() => makeColumns(shown, search.filter, setAsked), [shown, search.filter]);
  const narrowed = Boolean(search.q ?? search.filter);

  const close = () => setActing(undefined);
  const openSegment = (segment: SavedSegment) => {
    close();
    go({ filter: segment.definition, segment: segment.id, version: segment.version });
  };

  return (
    <>
      <PageHeader
        title="User Profiles"
        actions={
          <>
            <Button variant="default" leftSection={<IconChartBar size={16} />} onClick={() => setActing("breakdown")} aria-haspopup="dialog">
              Break down
            </Button>
            <SaveMenu onSegment={() => setActing("segment")} onList={() => setActing("list")} />
            <Button leftSection={<IconFileExport size={16} />} onClick={() => setActing("export")} aria-haspopup="dialog">
              Export
            </Button>
          </>
        }
      >
        Everyone who was ever seen. Filter them, then take them away as a file.
      </PageHeader>
      <Group mb="md" gap="md" justify="space-between">
        <Group gap="md">
          <FilterBar applied={search.filter} asOf={search.as_of} onApply={(filter) => go({ filter })} />
        </Group>
        <Group gap="xs" wrap="nowrap" style={{ flex: "1 1 320px", maxWidth: 440 }}>
          <SearchBox search={search} onSearch={(q, by) => go({ q, by }, true)} />
          <ColumnsMenu dictionary={dictionary.data} shown={shown} onChange={(chosen) => go({ columns: chosen, after: search.after }, true)} />
        </Group>
      </Group>
      {search.segment && (
        <EditedSegment
          key={`${search.segment} ${search.version ?? ""}`}
          id={search.segment}
          version={search.version}
          definition={search.filter}
          onOpen={openSegment}
          onSaveAs={() => setActing("segment")}
          onStop={() => go({ segment: undefined, version: undefined }, true)}
        />
      )}
      {search.filter && <FilterWords definition={search.filter} asOf={search.as_of} onClear={() => go({ filter: undefined, segment: undefined, version: undefined })} />}
      <Panel>
        {profiles.isError ? (
          <QueryFailure error={profiles.error} retry={profiles.refetch} />
        ) : profiles.data && rows.length === 0 && !profiles.isPlaceholderData ? (
          narrowed ? (
            <Notice icon={<IconUserOff size={22} />} title="No one matches">
              {search.q ? "Check the spelling; a profile id must be typed whole." : "Loosen the filter to see people here."}
            </Notice>
          ) : (
            <Notice icon={<IconUserOff size={22} />} title="No profiles yet">
              They appear here as soon as profiles or events come in by <code>wayfare import</code> or over the API.
            </Notice>
          )
        ) : (
          <>
            <DataTable
              label="User profiles"
              columns={columns}
              rows={rows}
              rowId={(profile) => profile.profile_id}
              loading={profiles.isPending}
              stale={profiles.isPlaceholderData}
            />
            <Pages
              after={search.after ?? []}
              shown={rows.length}
              next={profiles.isPlaceholderData ? undefined : (profiles.data?.next_cursor ?? undefined)}
              onGo={(after) => go({ after })}
            />
          </>
        )}
      </Panel>
      {acting === "export" && (
        <ExportForm definition={search.filter} asOf={search.as_of} searched={search.q !== undefined} onClose={close} />
      )}
      {acting === "breakdown" && (
        <BreakdownDrawer
          of={search.filter ? "the people of this filter" : "everyone"}
          definition={search.filter ?? EVERYONE}
          asOf={search.as_of}
          onClose={close}
        />
      )}
      {acting === "segment" && <SaveSegmentForm definition={search.filter ?? EVERYONE} onSaved={openSegment} onClose={close} />}
      {acting === "list" && <NewListForm definition={search.filter ?? EVERYONE} onClose={close} />}
      {asked && (
        <WhyDrawer
          profileId={asked.profile_id}
          name={nameOf(asked)}
          filter={search.filter}
          asOf={search.as_of}
          onClose={() => setAsked(undefined)}
        />
      )}
    </>
  );
}

interface SearchBoxProps {
  search: ProfilesSearch;
  onSearch: (q: string | undefined, by: ProfilesSearch["by"]) => void;
}

function SearchBox({ search, onSearch }: SearchBoxProps) {
  const [text, setText] = useState(search.q ?? "");
  const sent = useRef(search.q);
  useEffect(() => {
    // The address changed by itself, as with the back button.
    if (search.q !== sent.current) {
      sent.current = search.q;
      setText(search.q ?? "");
    }
  }, [search.q]);
  const send = useDebouncedCallback((value: string) => {
    sent.current = value.trim() || undefined;
    onSearch(sent.current, search.by);
  }, 250);
  return (
    <Group gap={0} wrap="nowrap" role="search" flex={1}>
      <NativeSelect
        aria-label="Search in"
        w={136}
        value={search.by ?? ""}
        data={[{ value: "", label: "Any identifier" }, ...IDENTIFIERS.map((name) => ({ value: name, label: attributeName(name) }))]}
        onChange={(event) => {
          const by = IDENTIFIERS.find((name) => name === event.currentTarget.value);
          onSearch(search.q, by);
        }}
        styles={{ input: { borderStartEndRadius: 0, borderEndEndRadius: 0, borderInlineEnd: 0 } }}
      />
      <TextInput
        type="search"
        aria-label="Search people"
        placeholder="Search people"
        leftSection={<IconSearch size={16} />}
        flex={1}
        miw={0}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          send(event.currentTarget.value);
        }}
        styles={{ input: { borderStartStartRadius: 0, borderEndStartRadius: 0 } }}
      />
    </Group>
  );
}

interface PagesProps {
  after: string[];
  shown: number;
  next: string | undefined;
  onGo: (after: string[] | undefined) => void;
}

function Pages({ after, shown, next, onGo }: PagesProps) {
  const back = after.slice(0, -1);
  return (
    <Group justify="space-between" px="md" py="sm" style={{ borderBlockStart: "1px solid var(--wf-line)" }}>
      <Text size="xs" c="dimmed" className="figures">
        Page {after.length + 1} · {shown} shown
      </Text>
      <Group gap="xs">
        <Button
          variant="default"
          size="xs"
          leftSection={<IconChevronLeft size={14} />}
          disabled={after.length === 0}
          onClick={() => onGo(back.length === 0 ? undefined : back)}
        >
          Previous
        </Button>
        <Button
          variant="default"
          size="xs"
          rightSection={<IconChevronRight size={14} />}
          disabled={next === undefined}
          onClick={() => next !== undefined && onGo([...after, next])}
        >
          Next
        </Button>
      </Group>
    </Group>
  );
}

/** The attributes that most people have, a few of them. */
const defaultColumns = (dictionary: Dictionary | undefined): string[] =>
  [...(dictionary?.attributes ?? [])]
    .sort((a, b) => b.values - a.values)
    .slice(0, 4)
    .map((field) => field.name);

const nameOf = ({ identifiers, profile_id }: ProfileRow): string =>
  identifiers.user_id ?? identifiers.email ?? identifiers.phone_number ?? profile_id;

function makeColumns(attributes: string[], filter: Definition | undefined, onWhy: (profile: ProfileRow) => void) {
  const column = columnsOf<ProfileRow>();
  return column.columns([
    column.display({
      id: "person",
      header: "Person",
      cell: ({ row: { original: profile } }) => (
        <Group gap={4} wrap="nowrap">
          <TextLink
            to="/profiles/$profileId"
            params={{ profileId: profile.profile_id }}
            search={{ filter }}
            size="sm"
            className="mono"
            c="var(--mantine-color-text)"
          >
            {nameOf(profile)}
          </TextLink>
          <CopyId value={profile.identifiers.user_id ?? profile.profile_id} what={profile.identifiers.user_id ? "user id" : "profile id"} />
        </Group>
      ),
    }),
    column.display({
      id: "contact",
      header: "E-mail and phone",
      cell: ({ row }) => {
        const { email, phone_number: phone } = row.original.identifiers;
        return email || phone ? [email, phone].filter(Boolean).join(" · ") : <Dash />;
      },
    }),
    ...attributes.map((name) =>
      column.display({
        id: `attribute:${name}`,
        header: name,
        cell: ({ row }) => {
          const value = row.original.attributes[name];
          return value === undefined || value === null ? <Dash /> : <span className="figures">{valueText(value)}</span>;
        },
      }),
    ),
    column.display({ id: "created", header: "Created", cell: ({ row }) => <Time value={row.original.created_at} /> }),
    column.display({
      id: "why",
      header: "Why",
      cell: ({ row: { original: profile } }) => (
        <Tooltip label={filter ? "Why is this person here?" : "Is this person in a segment, and why?"}>
          <ActionIcon variant="subtle" color="gray" aria-label={`Why is ${nameOf(profile)} here`} aria-haspopup="dialog" onClick={() => onWhy(profile)}>
            <IconHelpCircle size={17} />
          </ActionIcon>
        </Tooltip>
      ),
    }),
  ]);
}

const Dash = () => (
  <Text span c="dimmed" aria-label="no value">
    –
  </Text>
);
