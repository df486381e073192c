import { Alert, Button, Checkbox, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { refusedPath, sentence } from "../api/errors";
import type { WebhookEndpoint } from "../api/types";
import { changeEndpoint, EVENT_MEANINGS, EVENT_TYPES, makeEndpoint } from "../api/webhooks";
import type { ToldSecret } from "./EndpointSecret";

interface Props {
  /** The endpoint that is changed; a new one without. */
  endpoint?: WebhookEndpoint;
  onSecret: (told: ToldSecret) => void;
  onClose: () => void;
}

/** Makes an endpoint, or changes one. */
export function EndpointForm({ endpoint, onSecret, onClose }: Props) {
  const queries = useQueryClient();
  const [url, setUrl] = useState(endpoint?.url ?? "");
  const [description, setDescription] = useState(endpoint?.description ?? "");
  const [events, setEvents] = useState<string[]>(endpoint?.events ?? []);
  const [disabled, setDisabled] = useState(endpoint?.disabled ?? false);
  const [tried, setTried] = useState(false);
  const save = useMutation({
    mutationFn: async () => {
      const body = { url: url.trim(), description: description.trim(), events, disabled };
      if (endpoint) {
        await changeEndpoint(endpoint.id, { ...body, revision: endpoint.revision });
        return undefined;
      }
      return makeEndpoint(body);
    },
    onSuccess: (made) => {
      onClose();
      if (made) onSecret({ name: made.endpoint.description || made.endpoint.url, secret: made.secret, replaces: false });
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ["webhooks"] }),
  });
  const atUrl = refusedPath(save.error) === "url";
  const missing = tried && url.trim() === "" ? "Give the address that messages go to." : undefined;
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={
        <Text component="span" fw={640}>
          {endpoint ? "Change endpoint" : "New endpoint"}
        </Text>
      }
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (url.trim() !== "") save.mutate();
        }}
      >
        <Stack>
          <TextInput
            label="Address"
            type="url"
            data-autofocus
            maxLength={2048}
            placeholder="https://receiver.example/wayfare"
            value={url}
            onChange={(event) => setUrl(event.currentTarget.value)}
            error={missing ?? (atUrl ? sentence(save.error) : undefined)}
          />
          <TextInput
            label="What it is for"
            maxLength={500}
            value={description}
            onChange={(event) => setDescription(event.currentTarget.value)}
          />
          <Checkbox.Group label="Told of" description="Everything where none is chosen" value={events} onChange={setEvents}>
            <Stack gap={6} mt="xs">
              {EVENT_TYPES.map((type) => (
                <Checkbox key={type} value={type} label={EVENT_MEANINGS[type]} description={type} />
              ))}
            </Stack>
          </Checkbox.Group>
          <Checkbox label="Disabled: messages wait" checked={disabled} onChange={(event) => setDisabled(event.currentTarget.checked)} />
          {save.isError && !atUrl && (
            <Alert color="red" variant="light" role="alert" title="It was not saved">
              {sentence(save.error)}
            </Alert>
          )}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending}>
              {endpoint ? "Save" : "Make endpoint"}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
