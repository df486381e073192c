import { createContext, use } from "react";
import type { Dictionary } from "../../api/types";
import type { Way } from "../../filters/edit";
import type { Group, Part } from "../../filters/model";
import type { Kind } from "./kinds";

/** What can be done to the filter being edited, for its parts at any depth. */
export interface Editing {
  dictionary: Dictionary;
  add: (kind: Kind, groupId?: string) => void;
  change: (part: Part) => void;
  remove: (id: string) => void;
  join: (groupId: string, joined: Pick<Group, "joiner" | "negated">) => void;
  move: (id: string, groupId: string, index: number) => void;
  /** Where a part can move to without being dragged. */
  waysOf: (id: string) => Way[];
  /** The number by which a group goes, counted from the outermost. */
  numberOf: (groupId: string) => number;
}

export const FilterEditing = createContext<Editing | null>(null);

/** The filter being edited; only inside the drawer. */
export function useEditing(): Editing {
  const editing = use(FilterEditing);
  if (!editing) throw new Error("parts of a filter are drawn inside the filters drawer only");
  return editing;
}

/** How many people each part of the filter means alone, by its id. */
export const PartCounts = createContext<ReadonlyMap<string, number>>(new Map());
