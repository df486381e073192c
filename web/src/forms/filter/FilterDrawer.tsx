import { Button, Drawer, Group, SegmentedControl, Text } from "@mantine/core";
import IconTrash from "@tabler/icons-react/icons/IconTrash";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { dictionaryQuery } from "../../api/dictionary";
import { refusedPath, sentence } from "../../api/errors";
import { CountText } from "../../components/CountText";
import { QueryFailure } from "../../components/QueryFailure";
import { useSegmentCount } from "../../components/useSegmentCount";
import { missing } from "../../filters/complete";
import type { Missing } from "../../filters/complete";
import { conditionsOf, emptyFilter } from "../../filters/model";
import type { Filter } from "../../filters/model";
import { faultAt, write } from "../../filters/write";
import { definitionOf } from "./definitionOf";
import { PartCounts } from "./editing";
import { Faults } from "./faults";
import classes from "./filter.module.css";
import { FilterForm } from "./FilterForm";
import { JsonPanel } from "./JsonPanel";
import { usePartCounts } from "./usePartCounts";

interface Props {
  opened: boolean;
  /** The filter being edited. */
  draft: Filter;
  asOf: string | undefined;
  onDraft: (draft: Filter) => void;
  onApply: () => void;
  onClose: () => void;
}

/** What a person does first in a part that was added. */
const FIRST_ENTRY = ["select", "textarea", 'input:not([type="hidden"])', '[aria-haspopup="menu"]'];

/** Where filters are chosen. The counts follow each change; nothing else does until Apply. */
export function FilterDrawer({ opened, draft, asOf, onDraft, onApply, onClose }: Props) {
  const dictionary = useQuery(dictionaryQuery());
  const [tried, setTried] = useState(false);
  const [view, setView] = useState<"form" | "json">("form");
  const [dragging, setDragging] = useState(false);
  const body = useRef<HTMLDivElement>(null);
  const [focused, setFocused] = useState<string>();
  const written = write(draft);
  const counted = useSegmentCount(definitionOf(draft), asOf, opened);

  useEffect(() => {
    if (focused) body.current?.querySelector<HTMLElement>(FIRST_ENTRY.map((entry) => `[data-condition="${focused}"] ${entry}`).join())?.focus();
  }, [focused]);

  const open = conditionsOf(draft).flatMap(missing);
  const path = refusedPath(counted.error);
  const refused = path === undefined ? undefined : faultAt(written.places, path);
  const faults: Missing[] = [
    ...(tried ? open : []),
    ...(refused && !counted.pending ? [{ ...refused, message: sentence(counted.error) }] : []),
  ];
  const counts = usePartCounts(counted.pending, counted.data?.conditions, written.places);
  // What had the focus is gone; the drawer itself is the nearest place that stays.
  const removed = () => body.current?.closest<HTMLElement>('[role="dialog"]')?.focus();
  const apply = () => {
    setTried(true);
    setView("form");
    if (open.length > 0) {
      const first = open[0];
      body.current?.querySelector<HTMLElement>(`[data-condition="${first?.id ?? ""}"] input`)?.focus();
    } else {
      setTried(false);
      onApply();
    }
  };

  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      closeOnEscape={!dragging}
      position="right"
      size={760}
      title={<Text component="span" fw={640}>Filters</Text>}
      closeButtonProps={{ "aria-label": "Close filters" }}
      styles={{
        content: { display: "flex", flexDirection: "column" },
        header: { paddingInline: 24 },
        body: { flex: 1, display: "flex", flexDirection: "column", padding: 0 },
      }}
    >
      <div ref={body} style={{ flex: 1, padding: "4px 24px 24px" }}>
        <Group justify="flex-end" mb="sm">
          <SegmentedControl
            size="xs"
            aria-label="How the filter is shown"
            data={[
              { value: "form", label: "Form" },
              { value: "json", label: "JSON" },
            ]}
            value={view}
            onChange={(chosen) => setView(chosen === "json" ? "json" : "form")}
          />
        </Group>
        {view === "json" ? (
          <JsonPanel
            filter={draft}
            asOf={asOf}
            onUse={(filter) => {
              onDraft(filter);
              setView("form");
            }}
          />
        ) : dictionary.isError ? (
          <QueryFailure error={dictionary.error} retry={dictionary.refetch} />
        ) : !dictionary.data ? null : (
          <Faults value={faults}>
            <PartCounts value={counts}>
              <FilterForm
                dictionary={dictionary.data}
                filter={draft}
                onChange={onDraft}
                onAdded={setFocused}
                onRemoved={removed}
                onDragging={setDragging}
              />
            </PartCounts>
          </Faults>
        )}
      </div>
      <footer className={classes.foot}>
        <div style={{ flex: 1, minWidth: 0 }}>
          <CountText
            data={counted.data}
            error={refused ? undefined : counted.error}
            pending={counted.pending}
            filters={written.filters}
            live
          />
        </div>
        <Button
          variant="default"
          leftSection={<IconTrash size={15} />}
          disabled={draft.parts.length === 0}
          onClick={() => onDraft(emptyFilter())}
        >
          Clear
        </Button>
        <Button onClick={apply}>Apply</Button>
      </footer>
    </Drawer>
  );
}
