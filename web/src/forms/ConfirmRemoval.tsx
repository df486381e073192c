import { Alert, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { sentence } from "../api/errors";
import { useSavedNames } from "../components/useSavedNames";

interface Props {
  title: string;
  children: ReactNode;
  /** What the button says. */
  action: string;
  remove: () => Promise<unknown>;
  /** What is read anew afterwards: the first part of the keys of its queries. */
  changes?: string;
  onClose: () => void;
}

/** Asks before something saved is taken away, and says what keeps it. */
export function ConfirmRemoval({ title, children, action, remove, changes = "saved", onClose }: Props) {
  const queries = useQueryClient();
  const named = useSavedNames();
  const removal = useMutation({
    mutationFn: remove,
    onSuccess: onClose,
    onSettled: () => queries.invalidateQueries({ queryKey: [changes] }),
  });
  return (
    <Modal opened onClose={onClose} title={<Text component="span" fw={640}>{title}</Text>} closeButtonProps={{ "aria-label": "Close" }}>
      <Stack>
        <Text size="sm">{children}</Text>
        {removal.isError && (
          <Alert color="red" variant="light" role="alert" title="It stays">
            {named(sentence(removal.error))}
          </Alert>
        )}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" data-autofocus onClick={onClose}>
            Keep it
          </Button>
          <Button color="red.9" loading={removal.isPending} onClick={() => removal.mutate()}>
            {action}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
