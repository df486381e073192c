import { Badge, Button, Text, UnstyledButton } from "@mantine/core";
import IconPlus from "@tabler/icons-react/icons/IconPlus";
import IconWebhook from "@tabler/icons-react/icons/IconWebhook";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { endpointsQuery, EVENT_MEANINGS } from "../api/webhooks";
import type { WebhookEndpoint } from "../api/types";
import { QueryFailure } from "../components/QueryFailure";
import { WebhookMessages } from "../components/WebhookMessages";
import { EndpointMenu } from "../forms/EndpointMenu";
import { EndpointForm } from "../forms/EndpointForm";
import { EndpointSecret } from "../forms/EndpointSecret";
import type { ToldSecret } from "../forms/EndpointSecret";
import { count, plural } from "../format/number";
import { columnsOf, DataTable } from "../ui/DataTable";
import { Notice } from "../ui/Notice";
import { PageHeader } from "../ui/PageHeader";
import { Panel } from "../ui/Panel";
import { Time } from "../ui/Time";
import { SegmentWatches } from "./SegmentWatches";

const route = getRouteApi("/shell/webhooks");
const NONE: WebhookEndpoint[] = [];

/** Addresses that are told of what happens: how their queues stand, and what became of each message. */
export function WebhooksPage() {
  const { endpoint: chosen, state } = route.useSearch();
  const navigate = route.useNavigate();
  const endpoints = useQuery(endpointsQuery());
  const [form, setForm] = useState<"new" | WebhookEndpoint>();
  const [told, setTold] = useState<ToldSecret>();
  const rows = endpoints.data?.endpoints ?? NONE;
  const columns = useMemo(
    () => makeColumns((endpoint) => void navigate({ search: { endpoint } }), setForm, setTold),
    [navigate],
  );
  const open = rows.find(({ id }) => id === chosen);
  const add = (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setForm("new")} aria-haspopup="dialog">
      New endpoint
    </Button>
  );
  return (
    <>
      <PageHeader title="Webhooks" actions={add}>
        Addresses that are told when an export is complete or failed, a schedule was missed, a segment crossed a threshold.
      </PageHeader>
      <Panel>
        {endpoints.isError ? (
          <QueryFailure error={endpoints.error} retry={endpoints.refetch} />
        ) : endpoints.data && rows.length === 0 ? (
          <Notice icon={<IconWebhook size={22} />} title="No endpoints yet">
            An endpoint gets signed messages, each under one id, again and again until it takes them.
          </Notice>
        ) : (
          <DataTable stack label="Webhook endpoints" columns={columns} rows={rows} rowId={({ id }) => id} loading={endpoints.isPending} />
        )}
      </Panel>
      <SegmentWatches />
      <WebhookMessages
        id={chosen}
        endpoint={open}
        state={state}
        onState={(next) => void navigate({ search: { endpoint: chosen, state: next }, replace: true })}
        onClose={() => void navigate({ search: {} })}
      />
      {form && <EndpointForm endpoint={form === "new" ? undefined : form} onSecret={setTold} onClose={() => setForm(undefined)} />}
      {told && <EndpointSecret told={told} onClose={() => setTold(undefined)} />}
    </>
  );
}

function makeColumns(onMessages: (id: string) => void, onChange: (endpoint: WebhookEndpoint) => void, onSecret: (told: ToldSecret) => void) {
  const column = columnsOf<WebhookEndpoint>();
  return column.columns([
    column.display({
      id: "endpoint",
      header: "Endpoint",
      cell: ({ row: { original: endpoint } }) => (
        <div style={{ minWidth: 200, maxWidth: 360 }}>
          <UnstyledButton onClick={() => onMessages(endpoint.id)}>
            <Text size="sm" fw={550} lineClamp={3} title={endpoint.description ? undefined : endpoint.url} style={{ overflowWrap: "anywhere" }}>
              {endpoint.description || endpoint.url}
            </Text>
          </UnstyledButton>
          {endpoint.description && (
            <Text size="xs" c="dimmed" className="mono" lineClamp={2} title={endpoint.url} style={{ overflowWrap: "anywhere" }}>
              {endpoint.url}
            </Text>
          )}
        </div>
      ),
    }),
    column.display({
      id: "events",
      header: "Told of",
      cell: ({ row: { original: endpoint } }) => (
        <ul style={{ margin: 0, padding: 0, listStyle: "none", maxWidth: 240 }}>
          {(endpoint.events.length === 0 ? ["Everything"] : endpoint.events).map((type) => (
            <Text key={type} component="li" size="sm">
              {EVENT_MEANINGS[type] ?? type}
            </Text>
          ))}
        </ul>
      ),
    }),
    column.display({ id: "state", header: "State", cell: ({ row }) => <QueueState endpoint={row.original} /> }),
    column.display({ id: "waiting", header: "Waiting", meta: { end: true }, cell: ({ row }) => count(row.original.queue.waiting) }),
    column.display({ id: "dead", header: "Given up", meta: { end: true }, cell: ({ row }) => count(row.original.queue.dead) }),
    column.display({
      id: "actions",
      header: "Actions",
      cell: ({ row: { original: endpoint } }) => (
        <EndpointMenu endpoint={endpoint} onMessages={() => onMessages(endpoint.id)} onChange={() => onChange(endpoint)} onSecret={onSecret} />
      ),
    }),
  ]);
}

/** Whether messages flow to an endpoint; where not, since when and when it is tried next. */
function QueueState({ endpoint: { disabled, live_secrets: secrets, queue } }: { endpoint: WebhookEndpoint }) {
  const state = disabled ? "disabled" : queue.failing_since ? "failing" : "ok";
  return (
    <div style={{ minWidth: 150, whiteSpace: "nowrap" }}>
      <Badge variant="dot" color={{ disabled: "gray", failing: "red", ok: "teal" }[state]} radius="sm" tt="none" fw={550}>
        {{ disabled: "Disabled", failing: queue.breaker === "open" ? "Failing, held back" : "Failing", ok: "Taking messages" }[state]}
      </Badge>
      {queue.failing_since && (
        <Text size="xs" c="dimmed" mt={2} component="div">
          since <Time value={queue.failing_since} />
          <br />
          {plural(queue.failures, "attempt", "attempts")} failed
        </Text>
      )}
      {queue.next_attempt_at && queue.failing_since && (
        <Text size="xs" c="dimmed" component="div">
          next <Time value={queue.next_attempt_at} />
        </Text>
      )}
      {secrets > 1 && (
        <Text size="xs" c="dimmed">
          two secrets are live
        </Text>
      )}
    </div>
  );
}
