import { Alert, Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import IconDownload from "@tabler/icons-react/icons/IconDownload";
import IconMail from "@tabler/icons-react/icons/IconMail";
import { useQuery } from "@tanstack/react-query";
import { downloadable, exportQuery, underway } from "../api/exports";
import { Deliveries } from "../components/Deliveries";
import { JobBadge, JobProgress } from "../components/JobStatus";
import { QueryFailure } from "../components/QueryFailure";
import { useJobActions } from "../components/useJobActions";
import { ButtonLink, TextLink } from "../components/links";
import { Warnings } from "../components/Warnings";
import { bytes, plural } from "../format/number";

/** A job that was just started, followed until it ends; it goes on when this is closed. */
export function ExportRunning({ id, onClose }: { id: string; onClose: () => void }) {
  const query = useQuery(exportQuery(id));
  const { cancel, download } = useJobActions(id);
  if (query.isError) return <QueryFailure error={query.error} retry={query.refetch} />;
  if (!query.data) return <Skeleton h={160} />;
  const job = query.data;
  return (
    <Stack gap="md">
      <Group gap="sm" role="status">
        <JobBadge job={job} />
        <Text size="sm">
          {job.status === "complete"
            ? `${plural(job.rows ?? job.progress.rows, "row", "rows")}, ${bytes(job.bytes ?? job.progress.bytes)}`
            : underway(job)
              ? "The export goes on if you close this."
              : "Nothing can be downloaded from this export."}
        </Text>
      </Group>
      {job.status !== "failed" && job.status !== "cancelled" && <JobProgress job={job} />}
      {job.error && (
        <Alert color="red" variant="light" title="The export failed">
          {job.error}
        </Alert>
      )}
      <Warnings warnings={job.warnings} />
      <Deliveries job={job} />
      <Group justify="space-between">
        <TextLink to="/exports" search={{ job: id }} size="sm" onClick={onClose}>
          See it under Exports
        </TextLink>
        <Group gap="sm">
          {underway(job) && (
            <Button variant="default" loading={cancel.isPending} onClick={() => cancel.mutate()}>
              Cancel export
            </Button>
          )}
          {job.mail_id && (
            <ButtonLink to="/mail" search={{ message: job.mail_id }} variant="default" leftSection={<IconMail size={16} />} onClick={onClose}>
              Open the e-mail
            </ButtonLink>
          )}
          {downloadable(job) && (
            <Button leftSection={<IconDownload size={16} />} loading={download.isPending} onClick={() => download.mutate()}>
              Download
            </Button>
          )}
        </Group>
      </Group>
    </Stack>
  );
}
