import { Badge, Group, Text } from "@mantine/core";
import type { ScheduleRun } from "../api/types";

const COLORS = { waiting: "gray", running: "blue", complete: "teal", failed: "red", cancelled: "gray", skipped: "gray" } as const;
const WORDS = {
  waiting: "Waiting",
  running: "Running",
  complete: "Complete",
  failed: "Failed",
  cancelled: "Cancelled",
  skipped: "Skipped",
} as const;

/** How a run of a schedule stands, and whether it was late; the reason in two lines, or whole. */
export function RunStatus({ run, whole }: { run: ScheduleRun; whole?: boolean }) {
  return (
    <>
      <Group gap={6}>
        <Badge variant="dot" color={COLORS[run.status]} radius="sm" tt="none" fw={550}>
          {WORDS[run.status]}
        </Badge>
        {run.missed_at && (
          <Badge variant="outline" color="red" radius="sm" tt="none" fw={550}>
            Late
          </Badge>
        )}
      </Group>
      {run.why && (
        <Text size="xs" c={run.status === "failed" ? "var(--mantine-color-error)" : "dimmed"} lineClamp={whole ? undefined : 2} mt={2} style={{ overflowWrap: "anywhere" }}>
          {run.why}
        </Text>
      )}
    </>
  );
}
