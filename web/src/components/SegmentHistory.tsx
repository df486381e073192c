import { Alert, Badge, Button, Drawer, Group, Skeleton, Stack, Text } from "@mantine/core";
import IconRestore from "@tabler/icons-react/icons/IconRestore";
import IconUsers from "@tabler/icons-react/icons/IconUsers";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { sentence } from "../api/errors";
import { changeSegment, segmentVersionsQuery } from "../api/savedSegments";
import type { SavedSegment } from "../api/types";
import { Time } from "../ui/Time";
import { ButtonLink } from "./links";
import { QueryFailure } from "./QueryFailure";
import { useSavedNames } from "./useSavedNames";

interface Props {
  /** The segment shown; none, and the drawer is closed. */
  id: string | undefined;
  onClose: () => void;
}

/** What a saved segment was over time; any version can be looked at, and made the newest again. */
export function SegmentHistory({ id, onClose }: Props) {
  return (
    <Drawer
      opened={id !== undefined}
      onClose={onClose}
      position="right"
      size={620}
      title={<Text component="span" fw={640}>Version history</Text>}
      closeButtonProps={{ "aria-label": "Close history" }}
    >
      {id && <Versions id={id} />}
    </Drawer>
  );
}

function Versions({ id }: { id: string }) {
  const queries = useQueryClient();
  const history = useQuery(segmentVersionsQuery(id));
  const named = useSavedNames();
  const versions = history.data?.versions ?? [];
  const [newest] = versions;
  const restore = useMutation({
    mutationFn: ({ name, definition }: SavedSegment) => changeSegment(id, { name, definition, version: newest?.version ?? 0 }),
    onSettled: () => queries.invalidateQueries({ queryKey: ["saved"] }),
  });
  if (history.isError) return <QueryFailure error={history.error} retry={history.refetch} />;
  if (!newest) return <Skeleton h={240} radius="lg" />;
  return (
    <Stack>
      {restore.isError && (
        <Alert color="red" variant="light" role="alert" title="Nothing was restored">
          {sentence(restore.error)}
        </Alert>
      )}
      <ol reversed style={{ listStyle: "none", margin: 0, padding: 0 }}>
        {versions.map((version, index) => (
          <li key={version.version} style={{ padding: "14px 0", borderBlockStart: index > 0 ? "1px solid var(--wf-line)" : undefined }}>
            <Group gap="xs" mb={4}>
              <Text fw={600} size="sm" component="h3" m={0}>
                Version {version.version}
              </Text>
              {version === newest && (
                <Badge variant="light" radius="sm" tt="none" fw={550}>
                  current
                </Badge>
              )}
              <Text size="xs" c="dimmed" ms="auto">
                <Time value={version.changed_at} /> by {version.changed_by}
              </Text>
            </Group>
            <Text size="sm" fw={550}>
              {version.name}
            </Text>
            <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
              {named(version.words)}
            </Text>
            <Group gap="xs" mt="xs">
              <ButtonLink
                to="/"
                search={{ filter: version.definition, ...(version === newest && { segment: id, version: version.version }) }}
                size="xs"
                variant="default"
                leftSection={<IconUsers size={14} />}
                aria-label={`View people of version ${version.version}`}
              >
                View people
              </ButtonLink>
              {version !== newest && (
                <Button
                  size="xs"
                  variant="default"
                  leftSection={<IconRestore size={14} />}
                  aria-label={`Restore version ${version.version}`}
                  disabled={restore.isPending}
                  loading={restore.isPending && restore.variables.version === version.version}
                  onClick={() => restore.mutate(version)}
                >
                  Restore
                </Button>
              )}
            </Group>
          </li>
        ))}
      </ol>
    </Stack>
  );
}
