import { Alert, Button, Group, Modal, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ApiError } from "../api/client";
import { refusedPath, sentence } from "../api/errors";
import { makeList } from "../api/lists";
import { savedSegmentsQuery } from "../api/savedSegments";
import type { Definition, SavedList } from "../api/types";
import { FilterWords } from "../components/FilterWords";
import { useSavedNames } from "../components/useSavedNames";
import { plural } from "../format/number";
import { Choice } from "../ui/Choice";
import { UserIdsFile } from "./UserIdsFile";

interface Props {
  /** The filter whose people it is made of; without one they are chosen here. */
  definition?: Definition;
  /** The saved segment that is chosen at first. */
  segment?: string;
  onClose: () => void;
}

type Source = "segment" | "file";

/** Makes a list: of the people of a filter or segment as they are now, or of user ids from a file. */
export function NewListForm({ definition, segment, onClose }: Props) {
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [source, setSource] = useState<Source>("segment");
  const [chosen, setChosen] = useState(segment ?? null);
  const [ids, setIds] = useState<string[]>();
  const [tried, setTried] = useState(false);
  const saved = useQuery(savedSegmentsQuery());
  const named = useSavedNames();

  const whom = definition ?? (chosen === null ? undefined : { segment: chosen });
  const content = source === "file" ? ids && { user_ids: ids } : whom && { definition: whom };
  const make = useMutation({
    mutationFn: () => makeList({ name: name.trim(), ...content }),
    onSuccess: (list) => {
      notifications.show({ color: "teal", title: "List made", message: madeWords(list), autoClose: list.unknown ? false : undefined });
      onClose();
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ["saved"] }),
  });
  const atName = refusedPath(make.error) === "name";
  const missing = {
    name: tried && name.trim() === "" ? "Give it a name that people will know it by." : undefined,
    segment: tried && !whom ? "Choose a segment." : undefined,
    file: tried && !ids ? "Choose a file with user ids." : undefined,
  };
  return (
    <Modal opened onClose={onClose} size="lg" title={<Text component="span" fw={640}>New list</Text>} closeButtonProps={{ "aria-label": "Close" }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (name.trim() !== "" && content) make.mutate();
        }}
      >
        <Stack>
          <TextInput
            label="Name"
            data-autofocus
            maxLength={200}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={missing.name ?? (atName ? sentence(make.error) : undefined)}
          />
          <SegmentedControl
            aria-label="What it is made of"
            fullWidth
            data={[
              { value: "segment", label: definition ? "This filter" : "A segment" },
              { value: "file", label: "A file of user ids" },
            ]}
            value={source}
            onChange={(value) => setSource(value === "file" ? "file" : "segment")}
          />
          {source === "file" ? (
            <UserIdsFile onIds={setIds} error={missing.file} />
          ) : definition ? (
            <FilterWords definition={definition} asOf={undefined} />
          ) : (
            <Choice
              label="Segment"
              labelled
              placeholder={saved.data?.segments.length === 0 ? "No segment is saved yet" : "Choose a segment"}
              options={(saved.data?.segments ?? []).map((one) => ({ value: one.id, label: one.name, meaning: named(one.words) }))}
              value={chosen}
              onChange={setChosen}
              error={missing.segment ?? (saved.isError ? sentence(saved.error) : undefined)}
            />
          )}
          {source === "segment" && (
            <Text size="sm" c="dimmed">
              The list keeps who they are now; later data does not change it.
            </Text>
          )}
          {make.isError && !atName && (
            <Alert color="red" variant="light" role="alert" title="The list was not made">
              {failure(make.error)}
            </Alert>
          )}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={make.isPending}>
              Make list
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function madeWords({ name, size, unknown }: SavedList): string {
  const has = `“${name}” has ${plural(size, "person", "people")}.`;
  return unknown ? `${has} ${plural(unknown, "user id belongs", "user ids belong")} to nobody and stayed out.` : has;
}

const failure = (error: unknown): string =>
  error instanceof ApiError && error.status === 413
    ? "These are more user ids than one request may carry. Split the file, make a list of each part, and ask for any of them in a filter."
    : sentence(error);
