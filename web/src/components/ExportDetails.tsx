import { Alert, Button, Drawer, Group, Skeleton, Stack, Text } from "@mantine/core";
import IconFilePlus from "@tabler/icons-react/icons/IconFilePlus";
import IconPlayerStop from "@tabler/icons-react/icons/IconPlayerStop";
import IconRefresh from "@tabler/icons-react/icons/IconRefresh";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { downloadable, endOf, exportQuery, repeatable, underway, windowOf } from "../api/exports";
import type { HookProgress, ExportJob } from "../api/types";
import { attributeName, formatName, kindName } from "../format/names";
import { count, plural } from "../format/number";
import { shortId } from "../format/who";
import { CopyId } from "../ui/CopyId";
import { Facts } from "../ui/Facts";
import type { Fact } from "../ui/Facts";
import { Time } from "../ui/Time";
import { Deliveries } from "./Deliveries";
import { ExportFiles } from "./ExportFiles";
import { JobBadge, JobProgress } from "./JobStatus";
import { QueryFailure } from "./QueryFailure";
import { ButtonLink, TextLink } from "./links";
import { useJobActions } from "./useJobActions";
import { Warnings } from "./Warnings";
import { Who } from "./Who";

interface Props {
  /** The job shown; none, and the drawer is closed. */
  id: string | undefined;
  onClose: () => void;
}

/** Everything about one export, down to the checksums of its files. */
export function ExportDetails({ id, onClose }: Props) {
  return (
    <Drawer
      opened={id !== undefined}
      onClose={onClose}
      position="right"
      size={620}
      title={<Text component="span" fw={640}>Export</Text>}
      closeButtonProps={{ "aria-label": "Close details" }}
    >
      {id && <Details key={id} id={id} />}
    </Drawer>
  );
}

function Details({ id }: { id: string }) {
  const job = useQuery(exportQuery(id));
  if (job.isError) return <QueryFailure error={job.error} retry={job.refetch} />;
  if (!job.data) return <Skeleton h={320} />;
  const { data } = job;
  return (
    <Stack gap="lg">
      <Group gap="sm">
        <span role="status">
          <JobBadge job={data} />
        </span>
        <Group gap={4} wrap="nowrap">
          <Text size="sm" className="mono" style={{ overflowWrap: "anywhere" }}>
            {data.id}
          </Text>
          <CopyId value={data.id} what="export id" />
        </Group>
      </Group>
      {underway(data) && <JobProgress job={data} />}
      {data.error && (
        <Alert color="red" variant="light" title="The export failed">
          {data.error}
        </Alert>
      )}
      <Warnings warnings={data.warnings} />
      <Actions job={data} />
      <Facts facts={factsOf(data)} />
      {data.status === "complete" && !downloadable(data) && (
        <Alert variant="light" title="The files are gone">
          They were kept until their time was over. Export the same again to get new ones.
        </Alert>
      )}
      <Deliveries job={data} />
      {downloadable(data) && <ExportFiles job={data} />}
    </Stack>
  );
}

/** What can be done about the job itself; its files have buttons of their own. */
function Actions({ job }: { job: ExportJob }) {
  const { cancel, retry } = useJobActions(job.id);
  if (!underway(job) && !repeatable(job) && !job.request) return null;
  return (
    <Group gap="sm">
      {underway(job) && (
        <Button variant="default" leftSection={<IconPlayerStop size={16} />} loading={cancel.isPending} onClick={() => cancel.mutate()}>
          Cancel export
        </Button>
      )}
      {repeatable(job) && (
        <Button leftSection={<IconRefresh size={16} />} loading={retry.isPending} onClick={() => retry.mutate()}>
          Try again
        </Button>
      )}
      {job.request && (
        <ButtonLink to="/exports/new" search={{ body: job.request }} variant="default" leftSection={<IconFilePlus size={16} />}>
          Use again
        </ButtonLink>
      )}
    </Group>
  );
}

function factsOf(job: ExportJob): Fact[] {
  const window = windowOf(job);
  const facts: (Fact | false | null | undefined | "")[] = [
    { label: "Rows are", value: kindName(job.kind) },
    { label: "People", note: job.filters > 0 && plural(job.filters, "filter", "filters"), value: job.filter_words || "everyone" },
    window && { label: "How much", note: "only what was new", value: windowWords(window, endOf(job)) },
    {
      label: "Attributes",
      // A star stands for as many as there are.
      note: job.attributes.includes("*") ? undefined : plural(job.attributes.length, "column", "columns"),
      value: job.attributes.map(attributeName).join(", ") || "none",
    },
    { label: "Format", value: formatName(job.format, job.compression) },
    job.email && { label: "E-mail", value: <MailLink job={job} /> },
    job.hook && { label: "Hook", note: plural(job.hook.attempts, "attempt", "attempts"), value: <Hook hook={job.hook} /> },
    { label: "Rows", value: <span className="figures">{count(job.rows ?? job.progress.rows)}</span> },
    { label: "Requested", note: job.requested_by && <>by <Who who={job.requested_by} /></>, value: <Time value={job.created_at} /> },
    job.attempts > 1 && { label: "Attempts", value: <span className="figures">{count(job.attempts)}</span> },
    job.finished_at && { label: "Finished", value: <Time value={job.finished_at} /> },
    { label: "As of", note: "no later event is seen", value: <Time value={job.as_of} /> },
    typeof job.position === "number" && {
      label: "Position",
      note: "records seen",
      value: <span className="figures">{count(job.position)}</span>,
    },
    job.files_kept_until && { label: "Files kept until", value: <Time value={job.files_kept_until} /> },
    job.link && { label: "Link expires", value: <Time value={job.link.expires_at} /> },
  ];
  return facts.filter((fact): fact is Fact => Boolean(fact));
}

/** From where on, and up to where. */
function windowWords({ from, after }: NonNullable<ReturnType<typeof windowOf>>, end: number | undefined): ReactNode {
  const since = after ? (
    <>
      behind export{" "}
      <TextLink to="/exports" search={{ job: after }} size="sm" underline="always" className="mono" title={after}>
        {shortId(after)}
      </TextLink>
    </>
  ) : (
    `from position ${count(from ?? 0)} on`
  );
  return (
    <span className="figures">
      {since}
      {end !== undefined && `, before ${count(end)}`}
    </span>
  );
}

const HOOK_WORDS: Record<string, string> = { waiting: "Waiting to be called", delivered: "Delivered", failed: "Given up" };

/** How the call of the hook went, and what the newest attempt failed of. */
function Hook({ hook }: { hook: HookProgress }) {
  return (
    <>
      {HOOK_WORDS[hook.status] ?? hook.status}
      {hook.delivered_at && (
        <>
          {" "}
          <Time value={hook.delivered_at} />
        </>
      )}
      {hook.next_attempt_at && (
        <>
          {", next "}
          <Time value={hook.next_attempt_at} />
        </>
      )}
      <Text size="xs" className="mono" c="dimmed" style={{ overflowWrap: "anywhere" }}>
        {hook.url}
      </Text>
      {hook.last_error && (
        <Text size="xs" c="var(--mantine-color-error)" style={{ overflowWrap: "anywhere" }}>
          {hook.last_error}
        </Text>
      )}
    </>
  );
}

function MailLink({ job }: { job: ExportJob }) {
  return job.mail_id ? (
    <TextLink to="/mail" search={{ message: job.mail_id }} size="sm">
      {job.email}
    </TextLink>
  ) : (
    job.email
  );
}
