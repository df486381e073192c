import { Badge, Button, Drawer, Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import IconInbox from "@tabler/icons-react/icons/IconInbox";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { sentence } from "../api/errors";
import type { WebhookEndpoint, WebhookMessage } from "../api/types";
import { EVENT_MEANINGS, messagesQuery, replayMessage } from "../api/webhooks";
import { plural } from "../format/number";
import { columnsOf, DataTable } from "../ui/DataTable";
import { Notice } from "../ui/Notice";
import { Time } from "../ui/Time";
import { QueryFailure } from "./QueryFailure";

type State = "waiting" | "delivered" | "dead";

interface Props {
  /** The endpoint whose messages are shown; none, and the drawer is closed. */
  id: string | undefined;
  endpoint: WebhookEndpoint | undefined;
  state: State | undefined;
  onState: (state: State | undefined) => void;
  onClose: () => void;
}

const WORDS: Record<string, string> = { waiting: "Waiting", delivered: "Delivered", dead: "Given up" };
const COLORS: Record<string, string> = { waiting: "blue", delivered: "teal", dead: "red" };
const STATES: State[] = ["waiting", "delivered", "dead"];

/** The messages of an endpoint: what became of each, and why. */
export function WebhookMessages({ id, endpoint, state, onState, onClose }: Props) {
  return (
    <Drawer
      opened={id !== undefined}
      onClose={onClose}
      position="right"
      size={820}
      title={
        <Text component="span" fw={640}>
          Messages
        </Text>
      }
      closeButtonProps={{ "aria-label": "Close messages" }}
    >
      {id && (
        <Stack>
          <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
            {endpoint ? endpoint.description || endpoint.url : id}
          </Text>
          <SegmentedControl
            size="xs"
            style={{ alignSelf: "flex-start" }}
            aria-label="Which messages"
            data={[{ value: "all", label: "All" }, ...STATES.map((value) => ({ value, label: WORDS[value] ?? value }))]}
            value={state ?? "all"}
            onChange={(next) => onState(STATES.find((value) => value === next))}
          />
          <Messages key={`${id} ${state ?? ""}`} id={id} state={state} />
        </Stack>
      )}
    </Drawer>
  );
}

function Messages({ id, state }: { id: string; state: State | undefined }) {
  const messages = useInfiniteQuery(messagesQuery(id, state));
  const rows = useMemo(() => messages.data?.pages.flatMap((page) => page.messages) ?? [], [messages.data]);
  const columns = useMemo(() => makeColumns(), []);
  if (messages.isError) return <QueryFailure error={messages.error} retry={messages.refetch} />;
  if (messages.data && rows.length === 0) {
    return (
      <Notice icon={<IconInbox size={22} />} title="No messages here">
        One is written whenever something happens that the endpoint is told of.
      </Notice>
    );
  }
  return (
    <>
      <DataTable stack label="Messages" columns={columns} rows={rows} rowId={(message) => message.id} loading={messages.isPending} />
      {messages.hasNextPage && (
        <Group justify="center">
          <Button variant="default" loading={messages.isFetchingNextPage} onClick={() => void messages.fetchNextPage()}>
            Show older messages
          </Button>
        </Group>
      )}
    </>
  );
}

function makeColumns() {
  const column = columnsOf<WebhookMessage>();
  return column.columns([
    column.display({
      id: "what",
      header: "What happened",
      cell: ({ row: { original: message } }) => (
        <>
          <Text size="sm" fw={550}>
            {EVENT_MEANINGS[message.type] ?? message.type}
          </Text>
          <Text size="xs" c="dimmed" className="mono">
            {message.type}
            <br />
            {message.id}
          </Text>
        </>
      ),
    }),
    column.display({ id: "written", header: "Written", cell: ({ row }) => <Time value={row.original.created_at} /> }),
    column.display({ id: "state", header: "State", cell: ({ row }) => <MessageState message={row.original} /> }),
    column.display({ id: "actions", header: "Actions", cell: ({ row }) => <Again message={row.original} /> }),
  ]);
}

function MessageState({ message }: { message: WebhookMessage }) {
  return (
    <div style={{ maxWidth: 260 }}>
      <Badge variant="dot" color={COLORS[message.state] ?? "gray"} radius="sm" tt="none" fw={550}>
        {WORDS[message.state] ?? message.state}
      </Badge>
      <Text size="xs" c="dimmed" mt={2} component="div">
        {message.attempts === 0 ? "not tried yet" : plural(message.attempts, "attempt", "attempts")}
        {message.next_attempt_at && message.attempts > 0 && (
          <>
            , next <Time value={message.next_attempt_at} />
          </>
        )}
      </Text>
      {message.last_error && (
        <Text size="xs" c="var(--mantine-color-error)" style={{ overflowWrap: "anywhere" }}>
          {message.last_error}
        </Text>
      )}
    </div>
  );
}

function Again({ message }: { message: WebhookMessage }) {
  const queries = useQueryClient();
  const replay = useMutation({
    mutationFn: () => replayMessage(message.id),
    onError: (error) => notifications.show({ color: "red", title: "That did not work", message: sentence(error) }),
    onSettled: () => queries.invalidateQueries({ queryKey: ["webhooks"] }),
  });
  return (
    <Button size="xs" variant="default" loading={replay.isPending} onClick={() => replay.mutate()} aria-label={`Send ${message.id} again`}>
      {message.state === "waiting" ? "Send now" : "Send again"}
    </Button>
  );
}
