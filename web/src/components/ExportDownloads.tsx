import { Group, List, Skeleton, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { detailText, downloadsQuery } from "../api/audit";
import { plural } from "../format/number";
import { Time } from "../ui/Time";
import { QueryFailure } from "./QueryFailure";
import { TextLink } from "./links";
import { Who } from "./Who";

/** Who had files of an export sent. */
export function ExportDownloads({ id }: { id: string }) {
  const downloads = useQuery(downloadsQuery(id));
  const entries = downloads.data?.entries;
  return (
    <section>
      <Group justify="space-between" mb={4}>
        <Title order={2}>{entries ? `${plural(entries.length, "download", "downloads")}${downloads.data?.next_cursor ? " and more" : ""}` : "Downloads"}</Title>
        <TextLink to="/audit" search={{ subject: id }} size="sm">
          All that was done
        </TextLink>
      </Group>
      {downloads.isError ? (
        <QueryFailure error={downloads.error} retry={downloads.refetch} />
      ) : !entries ? (
        <Skeleton h={40} />
      ) : entries.length === 0 ? (
        <Text size="sm" c="dimmed">
          Nobody has downloaded a file of it so far.
        </Text>
      ) : (
        <List size="sm">
          {entries.map((entry) => (
            <List.Item key={entry.number}>
              {detailText(entry, "file")} by <Who who={entry.who} />
              {detailText(entry, "address") && ` at ${detailText(entry, "address")}`} <Time value={entry.at} />
            </List.Item>
          ))}
        </List>
      )}
    </section>
  );
}
