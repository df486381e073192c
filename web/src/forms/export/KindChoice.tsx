import { Text } from "@mantine/core";
import { KINDS } from "../../api/exports";
import type { ExportKind } from "../../api/types";
import { kindName } from "../../format/names";
import { OneOf } from "../../ui/OneOf";

const MEANINGS: Record<ExportKind, string> = {
  profiles: "One row for each person, with their attributes.",
  events: "One row for each time an event happened, with its parameters, and the person's attributes if you choose any.",
  passes: "One row for each time somebody went through a journey: when and why they entered, where they went, what was sent, when and why they left.",
  messages: "One row for each message of a journey, with everything that became of it.",
};

interface Props {
  value: ExportKind;
  onChange: (kind: ExportKind) => void;
}

/** What a row of the export is. */
export function KindChoice({ value, onChange }: Props) {
  return (
    <>
      <OneOf label="What a row is" options={KINDS.map((kind) => ({ value: kind, label: kindName(kind) }))} value={value} onChange={onChange} />
      <Text size="sm" c="dimmed" mt="xs">
        {MEANINGS[value]}
      </Text>
    </>
  );
}
