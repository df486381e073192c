import { Badge, Group, Progress, Stack, Text } from "@mantine/core";
import type { ExportJob } from "../api/types";
import { bytes, count } from "../format/number";
import { duration } from "../format/time";

const COLORS = { queued: "gray", running: "blue", complete: "teal", failed: "red", cancelled: "gray" } as const;
const WORDS = { queued: "Queued", running: "Running", complete: "Complete", failed: "Failed", cancelled: "Cancelled" } as const;

/** A job's status in a word. */
export function JobBadge({ job }: { job: ExportJob }) {
  return (
    <Badge variant="dot" color={COLORS[job.status]} radius="sm" tt="none" fw={550}>
      {WORDS[job.status]}
    </Badge>
  );
}

/** How far a job's writer has come. */
export function JobProgress({ job }: { job: ExportJob }) {
  const { rows, rows_expected: expected, bytes: written, percent } = job.progress;
  return (
    <Stack gap={6}>
      <Progress value={percent} size="sm" aria-label="Progress of the export" />
      <Group justify="space-between">
        <Text size="xs" c="dimmed" className="figures">
          {count(rows)}
          {expected !== undefined && ` of ${count(expected)}`} rows · {bytes(written)}
        </Text>
        <Text size="xs" c="dimmed" className="figures">
          {Math.floor(percent)}%{timeLeft(job)}
        </Text>
      </Group>
    </Stack>
  );
}

/** How long a running job will still take, where that is known. */
export const timeLeft = ({ status, seconds_left: seconds }: ExportJob): string =>
  status === "running" && typeof seconds === "number" ? ` · about ${duration(seconds)} left` : "";
