import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { countQuery } from "../api/segments";
import type { Definition } from "../api/types";

const EVERYONE: Definition = { all: [] };
const PAUSE = 150;

/** The exact count of a definition while it is being changed: asked for after a short pause, the older request aborted. */
export function useSegmentCount(definition: Definition | undefined, asOf: string | undefined) {
  const written = JSON.stringify(definition ?? EVERYONE);
  const [settled] = useDebouncedValue(written, PAUSE);
  const counted = useQuery(countQuery(JSON.parse(settled) as Definition, asOf));
  return { ...counted, pending: counted.isFetching || counted.isPlaceholderData || settled !== written };
}
