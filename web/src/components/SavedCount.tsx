import { Skeleton, Text, Tooltip } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { sentence } from "../api/errors";
import { savedCountQuery } from "../api/savedSegments";
import { count as figure, share } from "../format/number";

/** How many people a saved segment has now; it follows the data by itself. */
export function SavedCount({ id }: { id: string }) {
  const counted = useQuery(savedCountQuery(id));
  if (counted.data) {
    const { count, population } = counted.data;
    return (
      <Tooltip label={`${share(count, population)} of ${figure(population)}`}>
        <span data-testid="saved-count">{figure(count)}</span>
      </Tooltip>
    );
  }
  return counted.isError ? (
    <Text span size="xs" c="var(--mantine-color-error)">
      {sentence(counted.error)}
    </Text>
  ) : (
    <Skeleton h={12} w={48} ms="auto" />
  );
}
