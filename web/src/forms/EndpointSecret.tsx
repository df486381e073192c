import { Alert, Button, Code, Group, Modal, Stack, Text } from "@mantine/core";
import { CopyId } from "../ui/CopyId";

export interface ToldSecret {
  name: string;
  secret: string;
  /** Whether it takes the place of another, which stays live for the time being. */
  replaces: boolean;
}

/** The secret of an endpoint, which is shown this once. */
export function EndpointSecret({ told: { name, secret, replaces }, onClose }: { told: ToldSecret; onClose: () => void }) {
  return (
    <Modal
      opened
      onClose={onClose}
      closeOnClickOutside={false}
      size="lg"
      title={
        <Text component="span" fw={640}>
          Secret of “{name}”
        </Text>
      }
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <Stack>
        <Alert color="blue" variant="light" title="Copy it now">
          It is shown this once. Your receiver needs it to know that messages come from here.
        </Alert>
        <Group gap="xs" wrap="nowrap">
          <Code data-testid="secret" style={{ overflowWrap: "anywhere" }}>
            {secret}
          </Code>
          <CopyId value={secret} what="secret" />
        </Group>
        {replaces && (
          <Text size="sm" c="dimmed">
            Messages are signed with the secret before it too, until you ask for the next one.
          </Text>
        )}
        <Group justify="flex-end">
          <Button onClick={onClose}>I have copied it</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
