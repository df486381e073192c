import { ActionIcon, Checkbox, Popover, ScrollArea, Stack, Text, Tooltip } from "@mantine/core";
import IconColumns3 from "@tabler/icons-react/icons/IconColumns3";
import type { Dictionary } from "../api/types";

interface Props {
  dictionary: Dictionary | undefined;
  shown: string[];
  onChange: (shown: string[] | undefined) => void;
}

/** Which attributes the list shows. */
export function ColumnsMenu({ dictionary, shown, onChange }: Props) {
  return (
    <Popover position="bottom-end" shadow="md" trapFocus width={240} withRoles>
      <Popover.Target>
        <Tooltip label="Columns">
          <ActionIcon variant="default" size={36} aria-label="Columns">
            <IconColumns3 size={17} />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown>
        <Text size="xs" fw={600} c="dimmed" mb="xs">
          Attributes shown
        </Text>
        <ScrollArea.Autosize mah={320}>
          <Checkbox.Group value={shown} onChange={(chosen) => onChange(chosen.length === 0 ? undefined : chosen)}>
            <Stack gap="xs">
              {dictionary?.attributes.map((field) => <Checkbox key={field.name} value={field.name} label={field.name} size="sm" />)}
            </Stack>
          </Checkbox.Group>
        </ScrollArea.Autosize>
      </Popover.Dropdown>
    </Popover>
  );
}
