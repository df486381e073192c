import { Alert, List, Modal, Stack, Text, ThemeIcon } from "@mantine/core";
import IconCheck from "@tabler/icons-react/icons/IconCheck";
import IconX from "@tabler/icons-react/icons/IconX";
import type { WebhookTest } from "../api/types";
import { count } from "../format/number";

interface Props {
  name: string;
  result: WebhookTest;
  onClose: () => void;
}

/** What came of a test, step by step. */
export function TestResult({ name, result, onClose }: Props) {
  return (
    <Modal
      opened
      onClose={onClose}
      title={
        <Text component="span" fw={640}>
          Test of “{name}”
        </Text>
      }
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <Stack>
        <Alert color={result.delivered ? "teal" : "red"} variant="light" role="status" title={result.delivered ? "The endpoint took it" : "The endpoint did not take it"}>
          {count(result.took_ms)} ms
        </Alert>
        <List spacing={6} size="sm" listStyleType="none">
          {result.steps.map(({ step, ok, words }) => (
            <List.Item
              key={step}
              icon={
                <ThemeIcon size={20} radius="xl" variant="light" color={ok ? "teal" : "red"} aria-label={ok ? "done" : "failed"} role="img">
                  {ok ? <IconCheck size={13} /> : <IconX size={13} />}
                </ThemeIcon>
              }
            >
              {words}
            </List.Item>
          ))}
        </List>
      </Stack>
    </Modal>
  );
}
