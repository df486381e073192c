import { useDraggable } from "@dnd-kit/core";
import { ActionIcon, Menu } from "@mantine/core";
import IconArrowDown from "@tabler/icons-react/icons/IconArrowDown";
import IconArrowUp from "@tabler/icons-react/icons/IconArrowUp";
import IconFolderSymlink from "@tabler/icons-react/icons/IconFolderSymlink";
import IconGripVertical from "@tabler/icons-react/icons/IconGripVertical";
import { useEditing } from "./editing";

interface Props {
  id: string;
  title: string;
}

/** Drags a part; a click opens a menu of places instead, for those who cannot drag. Space picks it up for the arrow keys. */
export function DragHandle({ id, title }: Props) {
  const { move, waysOf, numberOf } = useEditing();
  const { attributes, listeners, setNodeRef, isDragging } = useDraggable({ id });
  const ways = waysOf(id);
  return (
    <Menu position="bottom-start" width={200} disabled={isDragging || ways.length === 0}>
      <Menu.Target>
        <ActionIcon
          {...attributes}
          {...listeners}
          // What moves is drawn apart; the place that it comes from stays as it is.
          ref={setNodeRef}
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
      </Menu.Target>
      <Menu.Dropdown>
        {ways.map(({ to, groupId, index }) => (
          <Menu.Item
            key={`${to} ${groupId}`}
            leftSection={to === "up" ? <IconArrowUp size={16} /> : to === "down" ? <IconArrowDown size={16} /> : <IconFolderSymlink size={16} />}
            onClick={() => move(id, groupId, index)}
          >
            {to === "into" ? `Into group ${numberOf(groupId)}` : `Move ${to}`}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
