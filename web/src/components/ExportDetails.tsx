import { Alert, Button, Code, Drawer, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import IconDownload from "@tabler/icons-react/icons/IconDownload";
import IconLink from "@tabler/icons-react/icons/IconLink";
import { useQuery } from "@tanstack/react-query";
import { downloadable, exportQuery, manifestQuery, underway } from "../api/exports";
import type { ExportJob } from "../api/types";
import { attributeName } from "../format/names";
import { bytes, count, plural } from "../format/number";
import { CopyId } from "../ui/CopyId";
import { Facts } from "../ui/Facts";
import type { Fact } from "../ui/Facts";
import { Time } from "../ui/Time";
import { JobBadge, JobProgress } from "./JobStatus";
import { QueryFailure } from "./QueryFailure";
import { TextLink } from "./links";
import { useJobActions } from "./useJobActions";

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
      {id && <Details id={id} />}
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
        <JobBadge job={data} />
        <Text size="sm" className="mono">
          {data.id}
        </Text>
        <CopyId value={data.id} what="export id" />
      </Group>
      {underway(data) && <JobProgress job={data} />}
      {data.error && (
        <Alert color="red" variant="light" title="The export failed">
          {data.error}
        </Alert>
      )}
      {data.warnings.map((warning) => (
        <Alert key={warning} color="yellow" variant="light">
          {warning}
        </Alert>
      ))}
      <Facts facts={factsOf(data)} />
      {data.status === "complete" && !downloadable(data) && (
        <Alert variant="light" title="The files are gone">
          They were kept until their time was over. Export the same people again to get new ones.
        </Alert>
      )}
      {downloadable(data) && <Files job={data} />}
    </Stack>
  );
}

function factsOf(job: ExportJob): Fact[] {
  const facts: (Fact | false | null | undefined | "")[] = [
    { label: "People", note: plural(job.filters, "filter", "filters"), value: job.filter_words || "everyone" },
    { label: "Attributes", note: plural(job.attributes.length, "column", "columns"), value: job.attributes.map(attributeName).join(", ") || "none" },
    { label: "Format", value: [job.format.toUpperCase(), job.compression].filter(Boolean).join(", ") },
    job.email && { label: "E-mail", value: <MailLink job={job} /> },
    { label: "Rows", value: <span className="figures">{count(job.rows ?? job.progress.rows)}</span> },
    { label: "Requested", value: <Time value={job.created_at} /> },
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

function MailLink({ job }: { job: ExportJob }) {
  return job.mail_id ? (
    <TextLink to="/mail" search={{ message: job.mail_id }} size="sm">
      {job.email}
    </TextLink>
  ) : (
    job.email
  );
}

function Files({ job }: { job: ExportJob }) {
  const { copyLink, download } = useJobActions(job.id);
  const manifest = useQuery(manifestQuery(job.id));
  return (
    <>
      <Group gap="sm">
        <Button leftSection={<IconDownload size={16} />} loading={download.isPending} onClick={() => download.mutate()}>
          Download
        </Button>
        <Button variant="default" leftSection={<IconLink size={16} />} loading={copyLink.isPending} onClick={() => copyLink.mutate()}>
          Copy a new link
        </Button>
      </Group>
      <section>
        <Title order={2} mb={4}>
          {plural(job.parts.length, "file", "files")}
        </Title>
        <Facts
          facts={job.parts.map((part) => ({
            label: part.file,
            note: `${count(part.rows)} rows · ${bytes(part.bytes)}`,
            value: (
              <Group gap={4} wrap="nowrap">
                <Text size="xs" className="mono" style={{ overflowWrap: "anywhere" }}>
                  SHA-256 {part.sha256}
                </Text>
                <CopyId value={part.sha256} what={`SHA-256 of ${part.file}`} />
              </Group>
            ),
          }))}
        />
      </section>
      <section>
        <Title order={2} mb="xs">
          Manifest
        </Title>
        {manifest.isError ? (
          <QueryFailure error={manifest.error} retry={manifest.refetch} />
        ) : manifest.data ? (
          // Long; the keyboard needs to reach it to scroll.
          <Code block tabIndex={0} role="region" aria-label="Manifest" mah={320} style={{ overflow: "auto" }}>
            {JSON.stringify(manifest.data, null, 2)}
          </Code>
        ) : (
          <Skeleton h={160} />
        )}
      </section>
    </>
  );
}
