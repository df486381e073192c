import { Drawer, Text } from "@mantine/core";
import { useState } from "react";
import type { Definition } from "../api/types";
import { WhyForm } from "./WhyForm";

interface Props {
  profileId: string;
  /** What the person goes by. */
  name: string;
  filter: Definition | undefined;
  asOf: string | undefined;
  onClose: () => void;
}

/** Why a person of the list is, or is not, among those of the filter or of a saved segment. */
export function WhyDrawer({ profileId, name, filter, asOf, onClose }: Props) {
  const [segment, setSegment] = useState<string>();
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={620}
      title={
        <Text component="span" fw={640}>
          Why is <span className="mono">{name}</span> here, or not?
        </Text>
      }
      styles={{ title: { overflowWrap: "anywhere" } }}
      closeButtonProps={{ "aria-label": "Close explanation" }}
    >
      <WhyForm profileId={profileId} filter={filter} segment={segment} onSegment={setSegment} asOf={asOf} />
    </Drawer>
  );
}
