import { Button } from "@mantine/core";
import IconFilter from "@tabler/icons-react/icons/IconFilter";
import { useState } from "react";
import type { Definition } from "../../api/types";
import { CountText } from "../../components/CountText";
import { useSegmentCount } from "../../components/useSegmentCount";
import { emptyFilter } from "../../filters/model";
import { fromDefinition } from "../../filters/read";
import { write } from "../../filters/write";
import { definitionOf } from "./definitionOf";
import { FilterDrawer } from "./FilterDrawer";

interface Props {
  /** The filter that the list has now. */
  applied: Definition | undefined;
  asOf: string | undefined;
  onApply: (definition: Definition | undefined) => void;
}

/** The Filters button, beside it how many people and how many filters: of the draft while it is open. */
export function FilterBar({ applied, asOf, onApply }: Props) {
  const [opened, setOpened] = useState(false);
  const [draft, setDraft] = useState(emptyFilter);
  const [read, setRead] = useState<Definition>();
  const counted = useSegmentCount(opened ? definitionOf(draft) : applied, asOf, opened);

  const open = () => {
    const filter = applied ? fromDefinition(applied) : emptyFilter();
    setDraft(filter);
    setRead(definitionOf(filter));
    setOpened(true);
  };
  const apply = () => {
    const definition = definitionOf(draft);
    // What was not changed stays as it was written, to the letter.
    const unchanged = applied && JSON.stringify(definition) === JSON.stringify(read);
    onApply(unchanged ? applied : definition);
    setOpened(false);
  };
  return (
    <>
      <Button variant="default" leftSection={<IconFilter size={16} />} onClick={open} aria-haspopup="dialog">
        Filters
      </Button>
      <div data-testid="count">
        <CountText
          data={counted.data}
          error={counted.error}
          pending={counted.pending}
          filters={opened ? write(draft).filters : applied ? (counted.data?.filters ?? 0) : 0}
          live={!opened}
        />
      </div>
      <FilterDrawer opened={opened} draft={draft} asOf={asOf} onDraft={setDraft} onApply={apply} onClose={() => setOpened(false)} />
    </>
  );
}
