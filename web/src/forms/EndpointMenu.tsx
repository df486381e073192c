import { ActionIcon, Button, Group, Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import IconDots from "@tabler/icons-react/icons/IconDots";
import IconKey from "@tabler/icons-react/icons/IconKey";
import IconList from "@tabler/icons-react/icons/IconList";
import IconPencil from "@tabler/icons-react/icons/IconPencil";
import IconRefresh from "@tabler/icons-react/icons/IconRefresh";
import IconSend from "@tabler/icons-react/icons/IconSend";
import IconTrash from "@tabler/icons-react/icons/IconTrash";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { sentence } from "../api/errors";
import type { WebhookEndpoint, WebhookTest } from "../api/types";
import { removeEndpoint, replayEndpoint, rotateSecret, testEndpoint } from "../api/webhooks";
import { TestResult } from "../components/TestResult";
import { plural } from "../format/number";
import { ConfirmRemoval } from "./ConfirmRemoval";
import type { ToldSecret } from "./EndpointSecret";

interface Props {
  endpoint: WebhookEndpoint;
  onMessages: () => void;
  onChange: () => void;
  onSecret: (told: ToldSecret) => void;
}

/** What can be done with an endpoint. */
export function EndpointMenu({ endpoint, onMessages, onChange, onSecret }: Props) {
  const queries = useQueryClient();
  const [removing, setRemoving] = useState(false);
  const [result, setResult] = useState<WebhookTest>();
  const name = endpoint.description || endpoint.url;
  const onError = (error: unknown) => notifications.show({ color: "red", title: "That did not work", message: sentence(error) });
  const onSettled = () => queries.invalidateQueries({ queryKey: ["webhooks"] });
  const test = useMutation({ mutationFn: () => testEndpoint(endpoint.id), onSuccess: setResult, onError, onSettled });
  const rotate = useMutation({
    mutationFn: () => rotateSecret(endpoint.id),
    onSuccess: ({ secret }) => onSecret({ name, secret, replaces: true }),
    onError,
    onSettled,
  });
  const replay = useMutation({
    mutationFn: () => replayEndpoint(endpoint.id, { dead: true }),
    onSuccess: ({ replayed }) => notifications.show({ color: "teal", title: "Sent once more", message: plural(replayed, "message", "messages") }),
    onError,
    onSettled,
  });
  const remove = async () => {
    await removeEndpoint(endpoint.id);
    await onSettled();
  };
  return (
    <Group gap={6} wrap="nowrap">
      <Button
        size="xs"
        variant="default"
        leftSection={<IconSend size={14} />}
        loading={test.isPending}
        onClick={() => test.mutate()}
        aria-label={`Test ${name}`}
      >
        Test
      </Button>
      <Menu position="bottom-end" width={230}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={`More for ${name}`}>
            <IconDots size={17} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconList size={16} />} onClick={onMessages}>
            Messages
          </Menu.Item>
          <Menu.Item leftSection={<IconPencil size={16} />} onClick={onChange}>
            Change
          </Menu.Item>
          <Menu.Item leftSection={<IconKey size={16} />} onClick={() => rotate.mutate()}>
            New secret
          </Menu.Item>
          {endpoint.queue.dead > 0 && (
            <Menu.Item leftSection={<IconRefresh size={16} />} onClick={() => replay.mutate()}>
              Send given up ones again
            </Menu.Item>
          )}
          <Menu.Item leftSection={<IconTrash size={16} />} onClick={() => setRemoving(true)}>
            Delete
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {result && <TestResult name={name} result={result} onClose={() => setResult(undefined)} />}
      {removing && (
        <ConfirmRemoval title={`Delete “${name}”?`} action="Delete endpoint" remove={remove} onClose={() => setRemoving(false)}>
          Its messages go with it, those that wait too.
        </ConfirmRemoval>
      )}
    </Group>
  );
}
