import { Alert, Button, Code, Group, Modal, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { CopyText } from "../ui/CodeBlock";

/** A secret that was just made, and what it belongs to. */
export interface SecretTold {
  name: string;
  secret: string;
}

interface Props {
  told: SecretTold;
  /** Who needs it, and what for. */
  use: string;
  children?: ReactNode;
  onClose: () => void;
}

/** A secret, which is shown this once. */
export function SecretOnce({ told: { name, secret }, use, children, onClose }: Props) {
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
          It is shown this once. {use}
        </Alert>
        <Group gap="sm">
          <Code data-testid="secret" p="xs" style={{ flex: 1, minWidth: 200, overflowWrap: "anywhere" }}>
            {secret}
          </Code>
          <CopyText text={secret} what="secret" />
        </Group>
        {children}
        <Group justify="flex-end">
          <Button onClick={onClose}>I have copied it</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
