import { Alert, Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { refusedPath, sentence } from "../api/errors";
import { changeSegment } from "../api/savedSegments";
import type { SavedSegment } from "../api/types";

interface Props {
  segment: SavedSegment;
  onClose: () => void;
}

/** Gives a saved segment another name; whom it means stays the same. */
export function RenameSegmentForm({ segment, onClose }: Props) {
  const queries = useQueryClient();
  const [name, setName] = useState(segment.name);
  const rename = useMutation({
    mutationFn: () => changeSegment(segment.id, { name: name.trim(), definition: segment.definition, version: segment.version }),
    onSuccess: onClose,
    onSettled: () => queries.invalidateQueries({ queryKey: ["saved"] }),
  });
  const atName = refusedPath(rename.error) === "name";
  return (
    <Modal opened onClose={onClose} title={<Text component="span" fw={640}>Rename segment</Text>} closeButtonProps={{ "aria-label": "Close" }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== segment.name) rename.mutate();
          else onClose();
        }}
      >
        <Stack>
          <TextInput
            label="Name"
            data-autofocus
            maxLength={200}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={atName ? sentence(rename.error) : undefined}
          />
          {rename.isError && !atName && (
            <Alert color="red" variant="light" role="alert" title="It keeps its name">
              {sentence(rename.error)} Close this and rename it again if you still want to.
            </Alert>
          )}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={rename.isPending}>
              Rename
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
