import { Button, Drawer, Group, SegmentedControl, Text } from "@mantine/core";
import IconTrash from "@tabler/icons-react/icons/IconTrash";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { dictionaryQuery } from "../../api/dictionary";
import { refusedPath, sentence } from "../../api/errors";
import type { Definition } from "../../api/types";
import { CountText } from "../../components/CountText";
import { QueryFailure } from "../../components/QueryFailure";
import { useSegmentCount } from "../../components/useSegmentCount";
import { missing } from "../../filters/complete";
import type { Missing } from "../../filters/complete";
import { fromDefinition } from "../../filters/read";
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
const FIRST_ENTRY = ["select", "textarea", 'input:not([type="hidden"])', "[data-first-entry]"];

/** Where filters are chosen. The counts follow each change; nothing else does until Apply. */
export function FilterDrawer({ opened, draft, asOf, onDraft, onApply, onClose }: Props) {
  const dictionary = useQuery(dictionaryQuery());
  const [tried, setTried] = useState(false);
  const [view, setView] = useState<"form" | "json">("form");
  const [unread, setUnread] = useState(false);
  const [dragging, setDragging] = useState(false);
  const body = useRef<HTMLDivElement>(null);
  const [focused, setFocused] = useState<string>();
  const written = write(draft);
  // What is written by hand is asked for as it is written, so that a refusal names its place there.
  const [byHand, setByHand] = useState<Definition>();
  const counted = useSegmentCount(byHand ?? definitionOf(draft), asOf, opened);

  useEffect(() => {
    if (focused) body.current?.querySelector<HTMLElement>(FIRST_ENTRY.map((entry) => `[data-condition="${focused}"] ${entry}`).join())?.focus();
  }, [focused]);

  const open = conditionsOf(draft).flatMap(missing);
  const path = counted.pending ? undefined : refusedPath(counted.error);
  const refused = path === undefined || byHand ? undefined : faultAt(written.places, path);
  const faults: Missing[] = [
    ...(tried ? open : []),
    ...(refused ? [{ ...refused, message: sentence(counted.error) }] : []),
  ];
  const counts = usePartCounts(counted.pending, counted.data?.conditions, written.places);
  // What had the focus is gone; the drawer itself is the nearest place that stays.
  const removed = () => body.current?.closest<HTMLElement>('[role="dialog"]')?.focus();
  const show = (chosen: "form" | "json") => {
    setView(chosen);
    setUnread(false);
    setByHand(undefined);
  };
  const apply = () => {
    // What is wrong is said where it is; it has to be put right first.
    const wrong = open[0]?.id ?? refused?.id;
    setTried(true);
    if (unread || (view === "json" && path !== undefined)) return;
    if (wrong === undefined) {
      setTried(false);
      show("form");
      onApply();
    } else {
      show("form");
      body.current?.querySelector<HTMLElement>(`[data-condition="${wrong}"] input`)?.focus();
    }
  };

  return (
    <Drawer
      opened={opened}
      onClose={() => {
        show("form");
        setTried(false);
        onClose();
      }}
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
            onChange={(chosen) => show(chosen === "json" ? "json" : "form")}
          />
        </Group>
        {view === "json" ? (
          <JsonPanel
            filter={draft}
            onChange={(definition) => {
              setUnread(!definition);
              setByHand(definition);
              if (definition) onDraft(fromDefinition(definition));
            }}
            refusal={path === undefined ? undefined : { path, message: sentence(counted.error) }}
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
          onClick={() => {
            show("form");
            onDraft(emptyFilter());
          }}
        >
          Clear
        </Button>
        <Button disabled={unread} onClick={apply}>
          Apply
        </Button>
      </footer>
    </Drawer>
  );
}
