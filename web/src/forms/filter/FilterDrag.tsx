import { DndContext, DragOverlay, KeyboardSensor, PointerSensor, useDroppable, useSensor, useSensors } from "@dnd-kit/core";
import type { CollisionDetection, KeyboardCoordinateGetter } from "@dnd-kit/core";
import { Portal, VisuallyHidden } from "@mantine/core";
import { createContext, use, useState } from "react";
import type { ReactNode } from "react";
import { conditionsOf, groupsOf } from "../../filters/model";
import type { Filter, Part } from "../../filters/model";
import { partOf } from "../../filters/edit";
import { useEditing } from "./editing";
import classes from "./filter.module.css";
import { headOf } from "./kinds";

/** The part being dragged. */
const Dragged = createContext<Part | undefined>(undefined);

interface GapProps {
  groupId: string;
  /** The part at this place now comes after what is dropped here. */
  index: number;
  children?: ReactNode;
}

/** A place between two parts of a group, or at its end, where a part can be dropped. */
export function Gap({ groupId, index, children }: GapProps) {
  const dragged = use(Dragged);
  const inside = dragged !== undefined && groupsOf(dragged).includes(groupId);
  const { setNodeRef, isOver } = useDroppable({ id: `${groupId}/${index}`, disabled: inside });
  return (
    <div ref={setNodeRef} className={classes.gap} data-open={dragged && !inside ? true : undefined} data-over={isOver || undefined}>
      {children}
    </div>
  );
}

interface Props {
  filter: Filter;
  /** Told when a drag begins and ends: Escape then belongs to it. */
  onDragging: (dragging: boolean) => void;
  children: ReactNode;
}

/** Lets the parts of a filter be moved, by mouse, touch and keyboard, also between groups. */
export function FilterDrag({ filter, onDragging, children }: Props) {
  const { move, numberOf } = useEditing();
  const [dragged, setDragged] = useState<Part>();
  const [said, setSaid] = useState("");
  const sensors = useSensors(
    useSensor(PointerSensor, { activationConstraint: { distance: 4 } }),
    // Enter opens the menu of the handle instead.
    useSensor(KeyboardSensor, { coordinateGetter: nextGap, keyboardCodes: { start: ["Space"], cancel: ["Escape"], end: ["Space", "Enter"] } }),
  );

  const place = (over: string): string => {
    const [groupId, index] = placeOf(over);
    return `place ${index + 1} of group ${numberOf(groupId)}`;
  };
  const end = (words: string) => {
    setDragged(undefined);
    onDragging(false);
    setSaid(words);
  };
  return (
    <DndContext
      sensors={sensors}
      collisionDetection={nearestGap}
      accessibility={{
        screenReaderInstructions: {
          draggable: "To move this, press Space. Then choose a place with the up and down arrows and press Space again; Escape leaves it where it was. Enter opens a menu of places instead.",
        },
        // Said inside of the drawer instead, where those who hear it are.
        container: document.body,
        announcements: { onDragStart: nothing, onDragOver: nothing, onDragEnd: nothing, onDragCancel: nothing },
      }}
      onDragStart={({ active }) => {
        const part = partOf(filter, String(active.id));
        setDragged(part);
        onDragging(true);
      }}
      onDragOver={({ over }) => over && setSaid(`${dragged ? headOf(dragged.kind).title : "Picked up"}: over ${place(String(over.id))}.`)}
      onDragCancel={() => end("Left where it was.")}
      onDragEnd={({ active, over }) => {
        end(over ? `Moved to ${place(String(over.id))}.` : "Left where it was.");
        if (!over) return;
        move(String(active.id), ...placeOf(String(over.id)));
      }}
    >
      <Dragged value={dragged}>{children}</Dragged>
      <VisuallyHidden aria-live="assertive">{said}</VisuallyHidden>
      <Portal>
        <DragOverlay dropAnimation={null} zIndex={1000}>
          {dragged && <Ghost part={dragged} />}
        </DragOverlay>
      </Portal>
    </DndContext>
  );
}

function Ghost({ part }: { part: Part }) {
  const { icon: Icon, title } = headOf(part.kind);
  const inside = part.kind === "group" ? conditionsOf(part).length : 0;
  return (
    <div className={classes.ghost}>
      <Icon size={14} aria-hidden /> {title}
      {inside > 0 && ` of ${inside}`}
    </div>
  );
}

const nothing = () => undefined;

function placeOf(gap: string): [groupId: string, index: number] {
  const [groupId = "", index] = gap.split("/");
  return [groupId, Number(index)];
}

/** The gap nearest to the pointer, or to where the keys have moved the part. */
const nearestGap: CollisionDetection = ({ droppableContainers, droppableRects, pointerCoordinates, collisionRect }) => {
  const at = pointerCoordinates?.y ?? collisionRect.top;
  return droppableContainers
    .flatMap((container) => {
      const rect = droppableRects.get(container.id);
      return rect ? [{ id: container.id, data: { droppableContainer: container, value: Math.abs(rect.top + rect.height / 2 - at) } }] : [];
    })
    .sort((a, b) => a.data.value - b.data.value);
};

/** The arrow keys go from gap to gap. */
const nextGap: KeyboardCoordinateGetter = (event, { currentCoordinates, context }) => {
  const down = event.code === "ArrowDown";
  if (!down && event.code !== "ArrowUp") return undefined;
  event.preventDefault();
  const middles = context.droppableContainers
    .getEnabled()
    .flatMap(({ id }) => {
      const rect = context.droppableRects.get(id);
      return rect ? [{ id, y: rect.top + rect.height / 2 }] : [];
    })
    .sort((a, b) => a.y - b.y);
  const now = middles.findIndex(({ id }) => id === context.over?.id);
  const next = middles[now === -1 ? 0 : now + (down ? 1 : -1)];
  return next && { x: currentCoordinates.x, y: next.y };
};
