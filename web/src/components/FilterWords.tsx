import { CloseButton, Group, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { countQuery } from "../api/segments";
import type { Definition } from "../api/types";
import { local } from "../format/time";
import { useSavedNames } from "./useSavedNames";

interface Props {
  definition: Definition;
  asOf: string | undefined;
  onClear?: () => void;
}

/** An applied filter in words. */
export function FilterWords({ definition, asOf, onClear }: Props) {
  const counted = useQuery(countQuery(definition, asOf));
  const named = useSavedNames();
  if (!counted.data || counted.isPlaceholderData) return null;
  return (
    <Group gap={6} mb="md" wrap="nowrap" align="flex-start">
      <Text size="sm" c="dimmed">
        {named(counted.data.words)}
        {asOf && ` · as of ${local(asOf)}`}
      </Text>
      {onClear && <CloseButton size="xs" mt={2} aria-label="Clear filters" onClick={onClear} />}
    </Group>
  );
}
