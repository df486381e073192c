import { useDraggable } from "@dnd-kit/core";
import { ActionIcon } from "@mantine/core";
import IconGripVertical from "@tabler/icons-react/icons/IconGripVertical";

interface Props {
  id: string;
  title: string;
}

/** Drags a part with the mouse; Space picks it up for the arrow keys and puts it down. */
export function DragHandle({ id, title }: Props) {
  const { attributes, listeners, setNodeRef, setActivatorNodeRef, isDragging } = useDraggable({ id });
  return (
    <ActionIcon
      {...attributes}
      {...listeners}
      ref={(node) => {
        // What moves is drawn apart; the place that it comes from stays as it is.
        setNodeRef(node);
        setActivatorNodeRef(node);
      }}
      aria-label={title}
      aria-pressed={isDragging}
      data-handle={id}
      variant="subtle"
      color="gray"
      size="sm"
      style={{ cursor: "grab", touchAction: "none", marginInlineStart: -4 }}
    >
      <IconGripVertical size={14} aria-hidden />
    </ActionIcon>
  );
}
