import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { countQuery, EVERYONE } from "../api/segments";
import type { Definition } from "../api/types";

const PAUSE = 150;

/**
 * The exact count of a definition while it is being changed, and of each of its conditions where asked for: asked
 * after a short pause, the older request aborted.
 */
export function useSegmentCount(definition: Definition | undefined, asOf: string | undefined, conditions = false) {
  const written = JSON.stringify(definition ?? EVERYONE);
  const [settled] = useDebouncedValue(written, PAUSE);
  const counted = useQuery(countQuery(JSON.parse(settled) as Definition, asOf, conditions));
  // Asked again because data changed, the answer before stands until the new one comes.
  return { ...counted, pending: counted.isLoading || counted.isPlaceholderData || settled !== written };
}
