import { Alert, Button, Code, Drawer, SegmentedControl, Stack, Text } from "@mantine/core";
import IconPlus from "@tabler/icons-react/icons/IconPlus";
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
import { addCondition, changeCondition, joinGroup, removeCondition } from "../../filters/edit";
import { conditionsOf, emptyFilter, newAttribute, newEvent, newInteraction } from "../../filters/model";
import type { Condition, Filter } from "../../filters/model";
import { faultAt, write } from "../../filters/write";
import { definitionOf } from "./definitionOf";
import { Faults } from "./faults";
import classes from "./filter.module.css";
import { GroupForm } from "./GroupForm";
import { PickCondition } from "./PickCondition";

interface Props {
  opened: boolean;
  /** The filter being edited; undefined when its definition has no form on this page. */
  draft: Filter | undefined;
  /** The definition that the page cannot show as a form. */
  unshown?: Definition;
  asOf: string | undefined;
  onDraft: (draft: Filter) => void;
  onApply: () => void;
  onClose: () => void;
}

const MAKE: Record<Condition["kind"], () => Condition> = {
  attribute: newAttribute,
  event: newEvent,
  interaction: newInteraction,
};

/** Where filters are chosen. The count follows each change; nothing else does until Apply. */
export function FilterDrawer({ opened, draft, unshown, asOf, onDraft, onApply, onClose }: Props) {
  const dictionary = useQuery(dictionaryQuery());
  const [tried, setTried] = useState(false);
  const body = useRef<HTMLDivElement>(null);
  const [added, setAdded] = useState<string>();
  const written = draft ? write(draft) : undefined;
  const counted = useSegmentCount(draft ? definitionOf(draft) : unshown, asOf);

  useEffect(() => {
    if (added) body.current?.querySelector<HTMLElement>(`[data-condition="${added}"] :is(select, input:not([type="hidden"]))`)?.focus();
  }, [added]);

  const open = draft ? conditionsOf(draft).flatMap(missing) : [];
  const path = refusedPath(counted.error);
  const refused = path === undefined || !written ? undefined : faultAt(written.places, path);
  const faults = [
    ...(tried ? open : []),
    ...(refused ? [{ ...refused, message: sentence(counted.error) }] : []),
  ];

  const add = (kind: Condition["kind"], groupId?: string) => {
    const condition = MAKE[kind]();
    onDraft(addCondition(draft ?? emptyFilter(), groupId, condition));
    setAdded(condition.id);
  };
  const remove = (id: string) => {
    if (draft) onDraft(removeCondition(draft, id));
    // What had the focus is gone; the drawer itself is the nearest place that stays.
    body.current?.closest<HTMLElement>('[role="dialog"]')?.focus();
  };
  const apply = () => {
    setTried(true);
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
      position="right"
      size={740}
      title={<Text component="span" fw={640}>Filters</Text>}
      closeButtonProps={{ "aria-label": "Close filters" }}
      styles={{
        content: { display: "flex", flexDirection: "column" },
        header: { paddingInline: 24 },
        body: { flex: 1, display: "flex", flexDirection: "column", padding: 0 },
      }}
    >
      <div ref={body} style={{ flex: 1, padding: "4px 24px 24px" }}>
        {dictionary.isError ? (
          <QueryFailure error={dictionary.error} retry={dictionary.refetch} />
        ) : !draft ? (
          <Unshown definition={unshown} />
        ) : !dictionary.data ? null : draft.groups.length === 0 ? (
          <PickCondition onAdd={add} />
        ) : (
          <Faults value={faults}>
            <Stack gap="sm">
              {draft.groups.map((group, index) => (
                <div key={group.id}>
                  {index > 0 && (
                    <div style={{ display: "flex", justifyContent: "center", marginBlockEnd: 12 }}>
                      <SegmentedControl
                        size="xs"
                        aria-label="How groups are joined"
                        data={[
                          { value: "all", label: "and" },
                          { value: "any", label: "or" },
                        ]}
                        value={draft.joiner}
                        onChange={(joiner) => onDraft({ ...draft, joiner: joiner === "any" ? "any" : "all" })}
                      />
                    </div>
                  )}
                  <GroupForm
                    dictionary={dictionary.data}
                    group={group}
                    number={index + 1}
                    onJoin={(joiner) => onDraft(joinGroup(draft, group.id, joiner))}
                    onAdd={(kind) => add(kind, group.id)}
                    onChange={(condition) => onDraft(changeCondition(draft, condition))}
                    onRemove={remove}
                  />
                </div>
              ))}
              <AddGroup onAdd={(kind) => add(kind)} />
            </Stack>
          </Faults>
        )}
      </div>
      <footer className={classes.foot}>
        <div style={{ flex: 1, minWidth: 0 }}>
          <CountText
            data={counted.data}
            error={refused ? undefined : counted.error}
            pending={counted.pending}
            filters={written?.filters ?? counted.data?.filters ?? 0}
            live
          />
        </div>
        <Button
          variant="default"
          leftSection={<IconTrash size={15} />}
          disabled={draft?.groups.length === 0}
          onClick={() => onDraft(emptyFilter())}
        >
          Clear
        </Button>
        <Button onClick={apply}>Apply</Button>
      </footer>
    </Drawer>
  );
}

function AddGroup({ onAdd }: { onAdd: (kind: Condition["kind"]) => void }) {
  const [choosing, setChoosing] = useState(false);
  return choosing ? (
    <PickCondition
      onAdd={(kind) => {
        setChoosing(false);
        onAdd(kind);
      }}
    />
  ) : (
    <div>
      <Button variant="default" size="xs" leftSection={<IconPlus size={14} />} onClick={() => setChoosing(true)}>
        Add group
      </Button>
    </div>
  );
}

function Unshown({ definition }: { definition: Definition | undefined }) {
  return (
    <Stack>
      <Alert color="yellow" variant="light" title="This filter is written by hand">
        It says more than this form can show, so it is shown as it is. It still filters the list and goes with exports. Clear it to start
        with the form.
      </Alert>
      <Code block tabIndex={0} role="region" aria-label="Definition">
        {JSON.stringify(definition, null, 2)}
      </Code>
    </Stack>
  );
}
