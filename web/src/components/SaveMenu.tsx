import { Button, Menu } from "@mantine/core";
import IconChartPie from "@tabler/icons-react/icons/IconChartPie";
import IconChevronDown from "@tabler/icons-react/icons/IconChevronDown";
import IconDeviceFloppy from "@tabler/icons-react/icons/IconDeviceFloppy";
import IconListDetails from "@tabler/icons-react/icons/IconListDetails";

interface Props {
  onSegment: () => void;
  onList: () => void;
}

/** What a filter can be saved as. */
export function SaveMenu({ onSegment, onList }: Props) {
  return (
    <Menu position="bottom-end" width={270}>
      <Menu.Target>
        <Button variant="default" leftSection={<IconDeviceFloppy size={16} />} rightSection={<IconChevronDown size={14} />}>
          Save
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconChartPie size={16} />} onClick={onSegment}>
          Save as segment
        </Menu.Item>
        <Menu.Item leftSection={<IconListDetails size={16} />} onClick={onList}>
          Save as list
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
