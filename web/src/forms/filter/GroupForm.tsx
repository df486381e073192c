import { Button, Menu, SegmentedControl } from "@mantine/core";
import IconBolt from "@tabler/icons-react/icons/IconBolt";
import IconMessage2 from "@tabler/icons-react/icons/IconMessage2";
import IconPlus from "@tabler/icons-react/icons/IconPlus";
import IconUser from "@tabler/icons-react/icons/IconUser";
import type { Dictionary } from "../../api/types";
import type { Condition, Group, Joiner } from "../../filters/model";
import { AttributeForm } from "./AttributeForm";
import { EventForm } from "./EventForm";
import classes from "./filter.module.css";
import { InteractionForm } from "./InteractionForm";

interface Props {
  dictionary: Dictionary;
  group: Group;
  /** Its place among the groups, for those who hear it. */
  number: number;
  onJoin: (joiner: Joiner) => void;
  onAdd: (kind: Condition["kind"]) => void;
  onChange: (condition: Condition) => void;
  onRemove: (id: string) => void;
}

/** A group of conditions, joined by and or by or. */
export function GroupForm({ dictionary, group, number, onJoin, onAdd, onChange, onRemove }: Props) {
  const several = group.conditions.length > 1;
  return (
    <section className={classes.group} aria-label={`Condition group ${number}`}>
      <div className={classes.groupHead}>
        {several ? (
          <>
            People who match
            <SegmentedControl
              size="xs"
              aria-label={`How conditions of group ${number} are joined`}
              data={[
                { value: "all", label: "all" },
                { value: "any", label: "any" },
              ]}
              value={group.joiner}
              onChange={(joiner) => onJoin(joiner === "any" ? "any" : "all")}
            />
            of these
          </>
        ) : (
          "People who match this"
        )}
      </div>
      {group.conditions.map((condition, index) => (
        <div key={condition.id}>
          {index > 0 && <div className={classes.joint}>{group.joiner === "all" ? "and" : "or"}</div>}
          <ConditionForm dictionary={dictionary} condition={condition} onChange={onChange} onRemove={() => onRemove(condition.id)} />
        </div>
      ))}
      <div style={{ padding: 10 }}>
        <Menu position="bottom-start" width={300}>
          <Menu.Target>
            <Button variant="subtle" size="compact-sm" leftSection={<IconPlus size={14} />}>
              Add condition
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Label>Standard segments</Menu.Label>
            <Menu.Item leftSection={<IconUser size={16} />} onClick={() => onAdd("attribute")}>
              Attribute
            </Menu.Item>
            <Menu.Item leftSection={<IconBolt size={16} />} onClick={() => onAdd("event")}>
              Event
            </Menu.Item>
            <Menu.Label>Predefined segments</Menu.Label>
            <Menu.Item leftSection={<IconMessage2 size={16} />} onClick={() => onAdd("interaction")}>
              Channel Interactions
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </div>
    </section>
  );
}

interface ConditionProps {
  dictionary: Dictionary;
  condition: Condition;
  onChange: (condition: Condition) => void;
  onRemove: () => void;
}

function ConditionForm({ dictionary, condition, onChange, onRemove }: ConditionProps) {
  const shared = { dictionary, onChange, onRemove };
  switch (condition.kind) {
    case "attribute":
      return <AttributeForm {...shared} value={condition} />;
    case "event":
      return <EventForm {...shared} value={condition} />;
    case "interaction":
      return <InteractionForm {...shared} value={condition} />;
  }
}
