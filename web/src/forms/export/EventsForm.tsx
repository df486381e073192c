import { Button, Input, Stack } from "@mantine/core";
import IconPlus from "@tabler/icons-react/icons/IconPlus";
import type { Dictionary } from "../../api/types";
import { useFault } from "../filter/faults";
import { newWanted } from "./draft";
import type { ExportDraft } from "./draft";
import { RangeLine } from "./RangeLine";
import { WantedEvent } from "./WantedEvent";
import { FORM } from "./write";

interface Props {
  dictionary: Dictionary;
  draft: ExportDraft;
  onChange: (change: Partial<ExportDraft>) => void;
}

/** Which events, of each which parameters and under which conditions, and when. */
export function EventsForm({ dictionary, draft, onChange }: Props) {
  const { wanted } = draft;
  const fault = useFault(FORM, "wanted", "events");
  const taken = wanted.flatMap(({ event }) => event ?? []);
  return (
    <>
      <Stack gap="sm">
        {wanted.map((one, index) => (
          <WantedEvent
            key={one.id}
            number={index + 1}
            dictionary={dictionary}
            taken={taken}
            value={one}
            onChange={(changed) => onChange({ wanted: wanted.map((known) => (known.id === changed.id ? changed : known)) })}
            onRemove={wanted.length > 1 ? () => onChange({ wanted: wanted.filter(({ id }) => id !== one.id) }) : undefined}
          />
        ))}
      </Stack>
      {fault && <Input.Error mt="xs">{fault}</Input.Error>}
      <Button mt="sm" size="compact-sm" variant="subtle" leftSection={<IconPlus size={14} />} onClick={() => onChange({ wanted: [...wanted, newWanted()] })}>
        Add event
      </Button>
      <RangeLine label="When they happened" draft={draft} onChange={onChange} />
    </>
  );
}
