import { Alert, Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { refusedPath, sentence } from "../api/errors";
import { saveSegment } from "../api/savedSegments";
import type { Definition, SavedSegment } from "../api/types";
import { FilterWords } from "../components/FilterWords";

interface Props {
  definition: Definition;
  onSaved: (segment: SavedSegment) => void;
  onClose: () => void;
}

/** Saves a filter under a name. */
export function SaveSegmentForm({ definition, onSaved, onClose }: Props) {
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [tried, setTried] = useState(false);
  const save = useMutation({
    mutationFn: () => saveSegment(name.trim(), definition),
    onSuccess: (segment) => {
      notifications.show({ color: "teal", title: "Segment saved", message: `“${segment.name}” stands under Segments and follows the data.` });
      onSaved(segment);
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ["saved"] }),
  });
  const atName = refusedPath(save.error) === "name";
  const missing = tried && name.trim() === "" ? "Give it a name that people will know it by." : undefined;
  return (
    <Modal opened onClose={onClose} title={<Text component="span" fw={640}>Save as segment</Text>} closeButtonProps={{ "aria-label": "Close" }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (name.trim() !== "") save.mutate();
        }}
      >
        <Stack>
          <FilterWords definition={definition} asOf={undefined} />
          <TextInput
            label="Name"
            data-autofocus
            maxLength={200}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={missing ?? (atName ? sentence(save.error) : undefined)}
          />
          {save.isError && !atName && (
            <Alert color="red" variant="light" role="alert" title="It could not be saved">
              {sentence(save.error)}
            </Alert>
          )}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending}>
              Save segment
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
