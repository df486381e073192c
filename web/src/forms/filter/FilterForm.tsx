import { useEffect, useRef } from "react";
import type { Dictionary } from "../../api/types";
import { addPart, changePart, joinGroup, movePart, removePart, waysOf } from "../../filters/edit";
import { groupsOf } from "../../filters/model";
import type { Filter } from "../../filters/model";
import { FilterEditing } from "./editing";
import { FilterDrag } from "./FilterDrag";
import { GroupForm } from "./GroupForm";
import { KINDS } from "./kinds";
import type { Kind } from "./kinds";
import { PickCondition } from "./PickCondition";

interface Props {
  dictionary: Dictionary;
  filter: Filter;
  onChange: (filter: Filter) => void;
  onAdded: (id: string) => void;
  onRemoved: () => void;
  onDragging: (dragging: boolean) => void;
}

/** A filter as a form: its groups and conditions, or what there is to choose from as long as it has none. */
export function FilterForm({ dictionary, filter, onChange, onAdded, onRemoved, onDragging }: Props) {
  const numbers = groupsOf(filter);
  const moved = useRef<string>(undefined);

  useEffect(() => {
    // A part that came into another group was drawn anew; the focus goes with it.
    if (moved.current) document.querySelector<HTMLElement>(`[data-handle="${moved.current}"]`)?.focus();
    moved.current = undefined;
  }, [filter]);

  const add = (kind: Kind, groupId?: string) => {
    const part = KINDS[kind].make();
    onChange(addPart(filter, groupId, part));
    onAdded(part.id);
  };
  if (filter.parts.length === 0) return <PickCondition onAdd={add} />;
  return (
    <FilterEditing
      value={{
        dictionary,
        add,
        change: (part) => onChange(changePart(filter, part)),
        remove: (id) => {
          onChange(removePart(filter, id));
          onRemoved();
        },
        join: (groupId, joined) => onChange(joinGroup(filter, groupId, joined)),
        move: (id, groupId, index) => {
          moved.current = id;
          onChange(movePart(filter, id, groupId, index));
        },
        waysOf: (id) => waysOf(filter, id),
        numberOf: (groupId) => numbers.indexOf(groupId) + 1,
      }}
    >
      <FilterDrag filter={filter} onDragging={onDragging}>
        <GroupForm group={filter} outermost />
      </FilterDrag>
    </FilterEditing>
  );
}
