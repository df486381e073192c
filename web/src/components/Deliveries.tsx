import { Badge, Button, Group, Stack, Text, Title } from "@mantine/core";
import IconSend from "@tabler/icons-react/icons/IconSend";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { deliverExport } from "../api/destinations";
import { sentence } from "../api/errors";
import { downloadable } from "../api/exports";
import type { DeliveryProgress, ExportJob, LetterProgress } from "../api/types";
import { plural } from "../format/number";
import { Time } from "../ui/Time";

const STATES: Record<string, { words: string; color: string }> = {
  waiting: { words: "Waiting", color: "blue" },
  delivered: { words: "Delivered", color: "teal" },
  failed: { words: "Given up", color: "red" },
  bounced: { words: "Refused", color: "red" },
};

/** What became of sending an export to its destinations, and of its e-mail. */
export function Deliveries({ job }: { job: ExportJob }) {
  if (job.deliveries.length === 0) return null;
  return (
    <section>
      <Title order={2} mb="xs">
        Deliveries
      </Title>
      <Stack gap="sm" component="ul" style={{ listStyle: "none", padding: 0, margin: 0 }}>
        {job.deliveries.map((delivery) => (
          <li key={delivery.destination}>
            <Delivery job={job} delivery={delivery} />
          </li>
        ))}
      </Stack>
    </section>
  );
}

function Delivery({ job, delivery }: { job: ExportJob; delivery: DeliveryProgress }) {
  const queries = useQueryClient();
  const again = useMutation({
    mutationFn: () => deliverExport(job.id, [delivery.destination]),
    onSuccess: (changed) => queries.setQueryData(["exports", job.id], changed),
  });
  const state = STATES[delivery.status];
  return (
    <>
      <Group gap="xs">
        <Text size="sm" fw={550}>
          {delivery.name}
        </Text>
        <Badge variant="dot" color={state?.color ?? "gray"} radius="sm" tt="none" fw={550}>
          {state?.words ?? delivery.status}
        </Badge>
        {(delivery.status === "failed" || delivery.status === "bounced") && downloadable(job) && (
          <Button size="compact-xs" variant="default" leftSection={<IconSend size={14} />} loading={again.isPending} onClick={() => again.mutate()}>
            Send again
          </Button>
        )}
      </Group>
      <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
        {delivery.folder ? (
          <>
            {plural(delivery.objects.length, "file", "files")} in <span className="mono">{delivery.folder}</span>
          </>
        ) : (
          "A link"
        )}
        {delivery.attempts > 0 && `, ${plural(delivery.attempts, "attempt", "attempts")}`}
        {delivery.delivered_at && (
          <>
            {", "}
            <Time value={delivery.delivered_at} />
          </>
        )}
        {delivery.next_attempt_at && delivery.attempts > 0 && (
          <>
            {", next "}
            <Time value={delivery.next_attempt_at} />
          </>
        )}
      </Text>
      {(delivery.last_error ?? again.error) && (
        <Text size="xs" c="var(--mantine-color-error)" style={{ overflowWrap: "anywhere" }}>
          {again.error ? sentence(again.error) : delivery.last_error}
        </Text>
      )}
      {delivery.recipients.length > 1 && <Letters recipients={delivery.recipients} />}
    </>
  );
}

/** What became of each of several letters. */
function Letters({ recipients }: { recipients: LetterProgress[] }) {
  return (
    <Stack gap={2} mt={4} component="ul" style={{ listStyle: "none", padding: 0, margin: 0 }}>
      {recipients.map(({ address, status, last_error: why }) => (
        <Text key={address} component="li" size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          {address}: {STATES[status]?.words ?? status}
          {why && (
            <Text span size="xs" c="var(--mantine-color-error)">
              {", "}
              {why}
            </Text>
          )}
        </Text>
      ))}
    </Stack>
  );
}
