import { Button, CloseButton, Menu, Text } from "@mantine/core";
import IconPlus from "@tabler/icons-react/icons/IconPlus";
import type { Condition, Group } from "../../filters/model";
import { AttributeForm } from "./AttributeForm";
import { DragHandle } from "./DragHandle";
import { useEditing } from "./editing";
import { EventForm } from "./EventForm";
import { EveryoneForm } from "./EveryoneForm";
import { useOtherFault } from "./faults";
import classes from "./filter.module.css";
import { Gap } from "./FilterDrag";
import { InteractionForm } from "./InteractionForm";
import { JoinWords, joint } from "./JoinWords";
import { JourneyForm } from "./JourneyForm";
import { JsonForm } from "./JsonForm";
import { FAMILIES, KINDS } from "./kinds";
import { PartCount } from "./PartCount";
import { ListForm, SegmentForm } from "./ReferenceForm";
import { SequenceForm } from "./SequenceForm";

interface Props {
  group: Group;
  /** Whether it is the filter itself, which stays where it is. */
  outermost?: boolean;
}

const NO_PARTS: readonly string[] = [];

/** A group: all, any, none or not all of its conditions and of the groups in it. */
export function GroupForm({ group, outermost }: Props) {
  const { join, remove, numberOf } = useEditing();
  const number = numberOf(group.id);
  const fault = useOtherFault(group.id, NO_PARTS);
  const plain = group.parts.length < 2 && !group.negated && group.joiner === "all";
  return (
    <section className={classes.group} aria-label={`Condition group ${number}`} data-condition={group.id} data-nested={outermost ? undefined : true}>
      <div className={classes.groupHead}>
        {!outermost && <DragHandle id={group.id} title={`Move group ${number}`} />}
        {plain && outermost ? (
          "People who match this"
        ) : (
          <>
            {outermost ? "People who match" : "match"}
            <JoinWords label={`How conditions of group ${number} are joined`} value={group} onChange={(joined) => join(group.id, joined)} />
            of these
          </>
        )}
        {!outermost && (
          <>
            <PartCount id={group.id} />
            <CloseButton size="sm" aria-label={`Remove group ${number}`} onClick={() => remove(group.id)} />
          </>
        )}
      </div>
      {fault && (
        <Text c="var(--mantine-color-error)" size="xs" mx={14} mb={6} role="alert">
          {fault}
        </Text>
      )}
      {group.parts.map((part, index) => (
        <div key={part.id}>
          <Gap groupId={group.id} index={index}>
            {index > 0 && joint(group)}
          </Gap>
          {part.kind === "group" ? <GroupForm group={part} /> : <ConditionForm condition={part} />}
        </div>
      ))}
      <Gap groupId={group.id} index={group.parts.length}>
        {group.parts.length === 0 && "Nothing here yet: add a condition, or drag one here."}
      </Gap>
      <div className={classes.groupFoot}>
        <AddCondition group={group} />
      </div>
    </section>
  );
}

function AddCondition({ group }: { group: Group }) {
  const { add } = useEditing();
  return (
    <>
      <Menu position="bottom-start" width={300}>
        <Menu.Target>
          <Button variant="subtle" size="compact-sm" leftSection={<IconPlus size={14} />} data-first-entry>
            Add condition
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {FAMILIES.map((family) => [
            <Menu.Label key={family.title}>{family.title}</Menu.Label>,
            ...family.kinds.map((kind) => {
              const { icon: Icon, title } = KINDS[kind];
              return (
                <Menu.Item key={kind} leftSection={<Icon size={16} />} onClick={() => add(kind, group.id)}>
                  {title}
                </Menu.Item>
              );
            }),
          ])}
        </Menu.Dropdown>
      </Menu>
      <Button variant="subtle" size="compact-sm" leftSection={<IconPlus size={14} />} onClick={() => add("group", group.id)}>
        Add group
      </Button>
    </>
  );
}

function ConditionForm({ condition }: { condition: Condition }) {
  const { change } = useEditing();
  switch (condition.kind) {
    case "attribute":
      return <AttributeForm value={condition} onChange={change} />;
    case "event":
      return <EventForm value={condition} onChange={change} />;
    case "interaction":
      return <InteractionForm value={condition} onChange={change} />;
    case "sequence":
      return <SequenceForm value={condition} onChange={change} />;
    case "journey":
      return <JourneyForm value={condition} onChange={change} />;
    case "segment":
      return <SegmentForm value={condition} onChange={change} />;
    case "list":
      return <ListForm value={condition} onChange={change} />;
    case "everyone":
      return <EveryoneForm value={condition} onChange={change} />;
    case "json":
      return <JsonForm value={condition} onChange={change} />;
  }
}
