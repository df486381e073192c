import { Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import type { ExportDraft } from "./draft";
import { readText } from "./read";

interface Props {
  onFill: (draft: ExportDraft) => void;
  onClose: () => void;
}

/** Fills the form from a body of the API. */
export function PasteBody({ onFill, onClose }: Props) {
  const [text, setText] = useState("");
  const [fault, setFault] = useState<string>();
  const fill = () => {
    const answer = readText(text);
    if ("draft" in answer) onFill(answer.draft);
    else setFault(answer.fault);
  };
  return (
    <Modal opened onClose={onClose} size="lg" title={<Text component="span" fw={640}>Paste a body</Text>} closeButtonProps={{ "aria-label": "Close" }}>
      <Stack gap="md">
        <Textarea
          label="Body in JSON"
          description="As POST /api/v1/exports takes it, or as the request in a manifest. It takes the place of what the form has now."
          data-autofocus
          autosize
          minRows={10}
          maxRows={24}
          spellCheck={false}
          styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: "0.8125rem" } }}
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
            setFault(undefined);
          }}
          error={fault}
        />
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button onClick={fill}>Fill the form</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
