import { Alert, Button, CloseButton, Group, Skeleton, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ApiError } from "../api/client";
import { sentence } from "../api/errors";
import { EVERYONE } from "../api/segments";
import { changeSegment, savedSegmentsQuery } from "../api/savedSegments";
import type { Definition, SavedSegment } from "../api/types";
import { useSavedNames } from "../components/useSavedNames";
import { local } from "../format/time";

interface Props {
  id: string;
  /** The version that was opened. */
  version: number | undefined;
  /** The filter as it is now. */
  definition: Definition | undefined;
  /** Opens a version in the place of this one. */
  onOpen: (segment: SavedSegment) => void;
  onSaveAs: () => void;
  onStop: () => void;
}

/** The saved segment that is open in the filters, and the way to save what was changed in it. */
export function EditedSegment({ id, version, definition = EVERYONE, onOpen, onSaveAs, onStop }: Props) {
  const queries = useQueryClient();
  const named = useSavedNames();
  const saved = useQuery(savedSegmentsQuery());
  const segment = saved.data?.segments.find((known) => known.id === id);
  const save = useMutation({
    mutationFn: (over: { name: string; version: number }) => changeSegment(id, { ...over, definition }),
    onSuccess: (changed) => {
      notifications.show({ color: "teal", title: "Segment saved", message: `“${changed.name}” is at version ${changed.version} now.` });
      onOpen(changed);
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ["saved"] }),
  });
  if (saved.isPending) return <Skeleton h={36} mb="md" />;
  const close = <CloseButton size="sm" aria-label="Close the segment, keep the filter" onClick={onStop} />;
  if (!segment) {
    return (
      <Alert color="yellow" variant="light" mb="md" title={saved.isError ? "The segment could not be read" : "This segment was deleted meanwhile"}>
        <Group gap="sm">
          <Text size="sm">{saved.isError ? sentence(saved.error) : "The filter is still here; save it as a new segment to keep it."}</Text>
          {!saved.isError && (
            <Button size="xs" variant="default" onClick={onSaveAs}>
              Save as segment
            </Button>
          )}
          {close}
        </Group>
      </Alert>
    );
  }
  const changed = JSON.stringify(segment.definition) !== JSON.stringify(definition);
  // Whoever opened an older version changes that one, and hears so before anything is lost.
  const overtaken = changed && version !== undefined && version !== segment.version;
  const conflict = save.error instanceof ApiError && save.error.status === 409;
  return (
    <>
      <Group gap="sm" mb="md" role="group" aria-label="Open segment">
        <Text size="sm">
          Segment <b>{segment.name}</b>
          <Text span c="dimmed">
            {` · version ${version ?? segment.version}${changed ? ", changed" : ""}`}
          </Text>
        </Text>
        {changed && !overtaken && !conflict && (
          <Button size="xs" loading={save.isPending} onClick={() => save.mutate({ name: segment.name, version: version ?? segment.version })}>
            Save changes
          </Button>
        )}
        {close}
      </Group>
      {(overtaken || conflict) && (
        <Alert color="yellow" variant="light" mb="md" role="alert" title={`Version ${segment.version} was saved meanwhile`}>
          <Text size="sm" mb="sm">
            It is from {local(segment.changed_at)}, by {segment.changed_by}, and says: {named(segment.words)}. Nothing of yours was saved yet.
          </Text>
          <Group gap="xs">
            <Button size="xs" variant="default" onClick={() => onOpen(segment)}>
              Open version {segment.version}, drop mine
            </Button>
            <Button
              size="xs"
              variant="default"
              loading={save.isPending}
              onClick={() => save.mutate({ name: segment.name, version: segment.version })}
            >
              Save mine as version {segment.version + 1}
            </Button>
            <Button size="xs" variant="default" onClick={onSaveAs}>
              Save mine as a new segment
            </Button>
          </Group>
        </Alert>
      )}
      {save.isError && !conflict && (
        <Alert color="red" variant="light" mb="md" role="alert" title="The changes were not saved">
          {named(sentence(save.error))}
        </Alert>
      )}
    </>
  );
}
