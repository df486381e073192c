import { ActionIcon, Button, Group, Menu, Progress, Text, UnstyledButton } from "@mantine/core";
import IconDots from "@tabler/icons-react/icons/IconDots";
import IconDownload from "@tabler/icons-react/icons/IconDownload";
import IconFileExport from "@tabler/icons-react/icons/IconFileExport";
import IconInfoCircle from "@tabler/icons-react/icons/IconInfoCircle";
import IconLink from "@tabler/icons-react/icons/IconLink";
import IconFilePlus from "@tabler/icons-react/icons/IconFilePlus";
import IconPlayerStop from "@tabler/icons-react/icons/IconPlayerStop";
import IconRefresh from "@tabler/icons-react/icons/IconRefresh";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { downloadable, exportsQuery, isWindow, repeatable, underway } from "../api/exports";
import type { ExportJob } from "../api/types";
import { ExportDetails } from "../components/ExportDetails";
import { JobBadge, timeLeft } from "../components/JobStatus";
import { QueryFailure } from "../components/QueryFailure";
import { useJobActions } from "../components/useJobActions";
import { Who } from "../components/Who";
import { ButtonLink, MenuLink } from "../components/links";
import { formatName, kindName } from "../format/names";
import { bytes, count, plural } from "../format/number";
import { columnsOf, DataTable } from "../ui/DataTable";
import { Notice } from "../ui/Notice";
import { PageHeader } from "../ui/PageHeader";
import { Panel } from "../ui/Panel";
import { Time } from "../ui/Time";

const route = getRouteApi("/shell/exports");

/** Every export: how it went, what is in it, how to get it. */
export function ExportsPage() {
  const { job: chosen } = route.useSearch();
  const navigate = route.useNavigate();
  const jobs = useInfiniteQuery(exportsQuery());
  const rows = useMemo(() => jobs.data?.pages.flatMap((page) => page.exports) ?? [], [jobs.data]);
  const columns = useMemo(() => makeColumns((job) => void navigate({ search: { job } })), [navigate]);
  return (
    <>
      <PageHeader
        title="Exports"
        actions={
          <ButtonLink to="/exports/new" leftSection={<IconFilePlus size={16} />}>
            New raw export
          </ButtonLink>
        }
      >
        Files of people and what they did, with a manifest that proves each one complete.
      </PageHeader>
      <Panel>
        {jobs.isError ? (
          <QueryFailure error={jobs.error} retry={jobs.refetch} />
        ) : jobs.data && rows.length === 0 ? (
          <Notice
            icon={<IconFileExport size={22} />}
            title="No exports yet"
            action={
              <ButtonLink to="/exports/new" variant="default" mt="xs">
                New raw export
              </ButtonLink>
            }
          >
            Choose what to take away here, or people under User Profiles.
          </Notice>
        ) : (
          <DataTable stack label="Exports" columns={columns} rows={rows} rowId={(job) => job.id} loading={jobs.isPending} />
        )}
      </Panel>
      {jobs.hasNextPage && (
        <Group justify="center" mt="md">
          <Button variant="default" loading={jobs.isFetchingNextPage} onClick={() => void jobs.fetchNextPage()}>
            Show older exports
          </Button>
        </Group>
      )}
      <ExportDetails id={chosen} onClose={() => void navigate({ search: {} })} />
    </>
  );
}

function makeColumns(onDetails: (id: string) => void) {
  const column = columnsOf<ExportJob>();
  return column.columns([
    column.display({
      id: "what",
      header: "What and whose",
      cell: ({ row: { original: job } }) => (
        <div style={{ maxWidth: 380 }}>
          <UnstyledButton onClick={() => onDetails(job.id)}>
            <Text size="sm" fw={550} lineClamp={2}>
              {job.filter_words || "everyone"}
            </Text>
          </UnstyledButton>
          <Text size="xs" c="dimmed">
            {kindName(job.kind)} · {isWindow(job) ? "only what was new · " : job.filters > 0 && `${plural(job.filters, "filter", "filters")} · `}
            {formatName(job.format, job.compression)}
            {job.email && ` · to ${job.email}`}
          </Text>
        </div>
      ),
    }),
    column.display({ id: "status", header: "Status", cell: ({ row }) => <Status job={row.original} /> }),
    column.display({
      id: "rows",
      header: "Rows",
      meta: { end: true },
      cell: ({ row: { original: job } }) => count(job.rows ?? job.progress.rows),
    }),
    column.display({
      id: "size",
      header: "Size",
      meta: { end: true },
      cell: ({ row: { original: job } }) => <span style={{ whiteSpace: "nowrap" }}>{bytes(job.bytes ?? job.progress.bytes)}</span>,
    }),
    column.display({
      id: "requested",
      header: "Requested",
      cell: ({ row: { original: job } }) => (
        <>
          <Time value={job.created_at} />
          {job.requested_by && (
            <Text size="xs" c="dimmed">
              by <Who who={job.requested_by} />
            </Text>
          )}
        </>
      ),
    }),
    column.display({
      id: "actions",
      header: "Actions",
      cell: ({ row }) => <Actions job={row.original} onDetails={onDetails} />,
    }),
  ]);
}

function Status({ job }: { job: ExportJob }) {
  const undelivered = job.deliveries.filter(({ status }) => status === "failed" || status === "bounced").length;
  return (
    <div style={{ minWidth: 120 }}>
      <JobBadge job={job} />
      {job.status === "running" && (
        <>
          <Progress value={job.progress.percent} size="xs" mt={6} aria-label={`Progress of export ${job.id}`} />
          <Text size="xs" c="dimmed" mt={2} className="figures">
            {Math.floor(job.progress.percent)}%{timeLeft(job)}
          </Text>
        </>
      )}
      {job.warnings.length > 0 && (
        <Text size="xs" c="dimmed" mt={2}>
          {plural(job.warnings.length, "warning", "warnings")}
        </Text>
      )}
      {undelivered > 0 && (
        <Text size="xs" c="var(--mantine-color-error)" mt={2}>
          {plural(undelivered, "delivery", "deliveries")} given up
        </Text>
      )}
      {job.files_gone && (
        <Text size="xs" c="dimmed" mt={2}>
          files removed
        </Text>
      )}
      {job.error && (
        <Text size="xs" c="var(--mantine-color-error)" lineClamp={3} maw={260} mt={2}>
          {job.error}
        </Text>
      )}
    </div>
  );
}

function Actions({ job, onDetails }: { job: ExportJob; onDetails: (id: string) => void }) {
  const { cancel, retry, copyLink, download } = useJobActions(job.id);
  return (
    <Group gap={6} wrap="nowrap">
      {downloadable(job) && (
        <Button size="xs" variant="default" leftSection={<IconDownload size={14} />} loading={download.isPending} onClick={() => download.mutate()}>
          Download
        </Button>
      )}
      {underway(job) && (
        <Button size="xs" variant="default" leftSection={<IconPlayerStop size={14} />} loading={cancel.isPending} onClick={() => cancel.mutate()}>
          Cancel
        </Button>
      )}
      {repeatable(job) && (
        <Button size="xs" variant="default" leftSection={<IconRefresh size={14} />} loading={retry.isPending} onClick={() => retry.mutate()}>
          Try again
        </Button>
      )}
      <Menu position="bottom-end" width={210}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={`More for export ${job.id}`}>
            <IconDots size={17} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconInfoCircle size={16} />} onClick={() => onDetails(job.id)}>
            Details and manifest
          </Menu.Item>
          {job.request && (
            <MenuLink to="/exports/new" search={{ body: job.request }} leftSection={<IconFilePlus size={16} />}>
              Use again
            </MenuLink>
          )}
          {downloadable(job) && (
            <Menu.Item leftSection={<IconLink size={16} />} onClick={() => copyLink.mutate()}>
              Copy a new link
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
    </Group>
  );
}
