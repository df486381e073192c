import { useState } from "react";
import type { ConditionCount } from "../../api/types";
import type { Place } from "../../filters/write";

type Counts = ReadonlyMap<string, number>;

/** How many each part of a filter means alone, by its id. While new counts are on their way the last ones stand. */
export function usePartCounts(pending: boolean, conditions: ConditionCount[] | undefined, places: Place[]): Counts {
  const stand = places.map(({ path, id }) => `${path} ${id}`).join("\n");
  const [known, setKnown] = useState<{ conditions?: ConditionCount[]; stand: string; counts: Counts }>({ stand: "", counts: new Map() });
  if (!pending && (known.conditions !== conditions || known.stand !== stand)) {
    const byPath = new Map(conditions?.map(({ path, count }) => [path, count]));
    const counts = places.flatMap(({ path, id }) => {
      const count = byPath.get(path);
      return count === undefined ? [] : [[id, count] as const];
    });
    setKnown({ conditions, stand, counts: new Map(counts) });
  }
  return known.counts;
}
