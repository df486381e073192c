/** Changes to a filter, each giving a new one. */
import { groupsOf } from "./model";
import type { Filter, Group, Part } from "./model";

/** The group with that id, however deep. */
export function groupOf(filter: Filter, id: string): Group | undefined {
  if (filter.id === id) return filter;
  for (const part of filter.parts) {
    const found = part.kind === "group" ? groupOf(part, id) : undefined;
    if (found) return found;
  }
  return undefined;
}

/** Adds a part at the end of a group; at the end of the filter when there is no such group. */
export function addPart(filter: Filter, groupId: string | undefined, part: Part): Filter {
  const into = groupId === undefined || !groupOf(filter, groupId) ? filter.id : groupId;
  return changeGroups(filter, (group) => (group.id === into ? { ...group, parts: [...group.parts, part] } : group));
}

/** Puts a part in the place of the one with its id. */
export const changePart = (filter: Filter, changed: Part): Filter =>
  changeGroups(filter, (group) => ({
    ...group,
    parts: group.parts.map((part) => (part.id === changed.id ? changed : part)),
  }));

/** Takes a part away, and the groups in which nothing is left. */
export const removePart = (filter: Filter, id: string): Filter => put(filter, id);

/** How the parts of one group are joined, and whether that is turned round. */
export const joinGroup = (filter: Filter, groupId: string, joined: Pick<Group, "joiner" | "negated">): Filter =>
  changeGroups(filter, (group) => (group.id === groupId ? { ...group, ...joined } : group));

/**
 * Moves a part before the one that stands at `index` of a group now, or to its end. A group never moves into itself.
 */
export function movePart(filter: Filter, id: string, groupId: string, index: number): Filter {
  const moved = partOf(filter, id);
  const target = groupOf(filter, groupId);
  if (!moved || !target || (moved.kind === "group" && groupOf(moved, groupId))) return filter;
  return put(filter, id, { part: moved, groupId, index: Math.min(index, target.parts.length) });
}

/** The part with that id, however deep. */
export function partOf(group: Group, id: string): Part | undefined {
  for (const part of group.parts) {
    if (part.id === id) return part;
    const inside = part.kind === "group" ? partOf(part, id) : undefined;
    if (inside) return inside;
  }
  return undefined;
}

/** A place that a part can move to without being dragged: before the part at `index` of the group, or to its end. */
export interface Way {
  to: "up" | "down" | "into";
  groupId: string;
  index: number;
}

/** The ways that a part can move: up and down, out of its group at its ends, and to the end of each other group. */
export function waysOf(filter: Filter, id: string): Way[] {
  const moved = partOf(filter, id);
  const here = placeOf(filter, id);
  if (!moved || !here) return [];
  const { group, index } = here;
  const outside = placeOf(filter, group.id);
  const ways: Way[] = [];
  if (index > 0) ways.push({ to: "up", groupId: group.id, index: index - 1 });
  else if (outside) ways.push({ to: "up", groupId: outside.group.id, index: outside.index });
  if (index < group.parts.length - 1) ways.push({ to: "down", groupId: group.id, index: index + 2 });
  else if (outside) ways.push({ to: "down", groupId: outside.group.id, index: outside.index + 1 });
  const inside = groupsOf(moved);
  for (const groupId of groupsOf(filter)) {
    if (groupId === group.id || inside.includes(groupId)) continue;
    ways.push({ to: "into", groupId, index: groupOf(filter, groupId)?.parts.length ?? 0 });
  }
  return ways;
}

/** The group that a part stands in, and where. */
function placeOf(group: Group, id: string): { group: Group; index: number } | undefined {
  const index = group.parts.findIndex((part) => part.id === id);
  if (index >= 0) return { group, index };
  for (const part of group.parts) {
    const found = part.kind === "group" ? placeOf(part, id) : undefined;
    if (found) return found;
  }
  return undefined;
}

function changeGroups(group: Group, change: (group: Group) => Group): Group {
  const changed = change(group);
  return { ...changed, parts: changed.parts.map((part) => (part.kind === "group" ? changeGroups(part, change) : part)) };
}

/** The group without the part `id`, and with `added` where it goes; a group that this empties goes too. */
function put(group: Group, id: string, added?: { part: Part; groupId: string; index: number }): Group {
  const parts: Part[] = [];
  group.parts.forEach((part, index) => {
    if (added?.groupId === group.id && added.index === index) parts.push(added.part);
    if (part.id === id) return;
    if (part.kind !== "group") return void parts.push(part);
    const rest = put(part, id, added);
    if (rest.parts.length > 0 || part.parts.length === 0) parts.push(rest);
  });
  if (added?.groupId === group.id && added.index >= group.parts.length) parts.push(added.part);
  return { ...group, parts };
}
