/** Changes to a filter, each giving a new one. */
import { newGroup } from "./model";
import type { Condition, Filter, Group, Joiner } from "./model";

/** Adds a condition to a group, or in a new group when there is no such group. */
export function addCondition(filter: Filter, groupId: string | undefined, condition: Condition): Filter {
  if (!filter.groups.some((group) => group.id === groupId)) {
    return { ...filter, groups: [...filter.groups, newGroup([condition])] };
  }
  return changeGroup(filter, groupId, (group) => ({ ...group, conditions: [...group.conditions, condition] }));
}

/** Puts a condition in the place of the one with its id. */
export const changeCondition = (filter: Filter, changed: Condition): Filter => ({
  ...filter,
  groups: filter.groups.map((group) => ({
    ...group,
    conditions: group.conditions.map((condition) => (condition.id === changed.id ? changed : condition)),
  })),
});

/** Takes a condition away, and its group when nothing is left in it. */
export const removeCondition = (filter: Filter, id: string): Filter => ({
  ...filter,
  groups: filter.groups
    .map((group) => ({ ...group, conditions: group.conditions.filter((condition) => condition.id !== id) }))
    .filter((group) => group.conditions.length > 0),
});

/** How the conditions of one group are joined. */
export const joinGroup = (filter: Filter, groupId: string, joiner: Joiner): Filter =>
  changeGroup(filter, groupId, (group) => ({ ...group, joiner }));

function changeGroup(filter: Filter, id: string | undefined, change: (group: Group) => Group): Filter {
  return { ...filter, groups: filter.groups.map((group) => (group.id === id ? change(group) : group)) };
}
