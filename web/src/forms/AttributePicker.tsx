import { ActionIcon, Button, Checkbox, CloseButton, Text, TextInput } from "@mantine/core";
import IconArrowDown from "@tabler/icons-react/icons/IconArrowDown";
import IconArrowUp from "@tabler/icons-react/icons/IconArrowUp";
import IconGripVertical from "@tabler/icons-react/icons/IconGripVertical";
import IconSearch from "@tabler/icons-react/icons/IconSearch";
import { useRef, useState } from "react";
import type { Dictionary } from "../api/types";
import { attributeName } from "../format/names";
import { plural } from "../format/number";
import classes from "./AttributePicker.module.css";
import { moved } from "./order";

interface Props {
  dictionary: Dictionary;
  value: string[];
  onChange: (value: string[]) => void;
  /** After which other columns they come. */
  after?: string;
}

/** Which attributes go into a file, and in which order. */
export function AttributePicker({ dictionary, value, onChange, after = "the profile id" }: Props) {
  const [search, setSearch] = useState("");
  const [said, setSaid] = useState("");
  const all = [
    ...dictionary.identifiers.filter((name) => name !== "profile_id").map((name) => ({ name, note: "identifier" })),
    ...dictionary.attributes.map((field) => ({ name: field.name, note: field.type })),
  ];
  const wanted = search.trim().toLowerCase();
  const offered = all.filter(({ name }) => `${name} ${attributeName(name)}`.toLowerCase().includes(wanted));
  const toggle = (name: string) => onChange(value.includes(name) ? value.filter((known) => known !== name) : [...value, name]);
  const move = (from: number, to: number) => {
    const next = moved(value, from, to);
    onChange(next);
    setSaid(`${attributeName(next[to] ?? "")} is now number ${to + 1} of ${next.length}`);
  };
  return (
    <div>
      <div className={classes.panes}>
        <div className={classes.pane}>
          <div className={classes.paneHead}>
            <TextInput
              flex={1}
              size="xs"
              aria-label="Search attributes"
              placeholder="Search attributes"
              leftSection={<IconSearch size={14} />}
              value={search}
              onChange={(event) => setSearch(event.currentTarget.value)}
            />
            <Button
              size="compact-xs"
              variant="subtle"
              onClick={() => onChange([...value, ...offered.map(({ name }) => name).filter((name) => !value.includes(name))])}
            >
              Add all
            </Button>
          </div>
          <ul className={classes.list} aria-label="Attributes to choose from">
            {offered.map(({ name, note }) => (
              <li key={name} className={classes.available}>
                <Checkbox
                  size="sm"
                  checked={value.includes(name)}
                  onChange={() => toggle(name)}
                  label={
                    <>
                      {attributeName(name)}{" "}
                      <Text span size="xs" c="dimmed">
                        {note}
                      </Text>
                    </>
                  }
                />
              </li>
            ))}
            {offered.length === 0 && (
              <Text component="li" size="sm" c="dimmed" p="xs">
                No attribute of that name
              </Text>
            )}
          </ul>
        </div>
        <div className={classes.pane}>
          <div className={classes.paneHead}>
            <Text size="xs" fw={600} flex={1}>
              {plural(value.length, "column", "columns")} after {after}
            </Text>
            {value.length > 0 && (
              <Button size="compact-xs" variant="subtle" color="gray" onClick={() => onChange([])}>
                Remove all
              </Button>
            )}
          </div>
          <ChosenList value={value} onMove={move} onRemove={toggle} />
        </div>
      </div>
      <div role="status" className="mantine-visually-hidden" style={{ position: "absolute", width: 1, height: 1, overflow: "hidden", clipPath: "inset(50%)" }}>
        {said}
      </div>
    </div>
  );
}

interface ChosenProps {
  value: string[];
  onMove: (from: number, to: number) => void;
  onRemove: (name: string) => void;
}

/** The chosen attributes in order: dragged, or moved with the buttons. */
function ChosenList({ value, onMove, onRemove }: ChosenProps) {
  const dragged = useRef<number>(undefined);
  const [over, setOver] = useState<number>();
  return (
    <ol className={classes.list} aria-label="Columns in order">
      {value.map((name, index) => (
        // Dragging is for the mouse; the two buttons do the same for everyone.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
        <li
          key={name}
          className={classes.chosen}
          draggable
          data-over={over === index || undefined}
          onDragStart={(event) => {
            dragged.current = index;
            event.dataTransfer.effectAllowed = "move";
            event.dataTransfer.setData("text/plain", name);
          }}
          onDragOver={(event) => {
            event.preventDefault();
            setOver(index);
          }}
          onDragEnd={() => {
            dragged.current = undefined;
            setOver(undefined);
          }}
          onDrop={(event) => {
            event.preventDefault();
            if (dragged.current !== undefined && dragged.current !== index) onMove(dragged.current, index);
            setOver(undefined);
          }}
        >
          <span className={classes.handle} aria-hidden>
            <IconGripVertical size={14} />
          </span>
          <Text size="sm" flex={1} truncate>
            {attributeName(name)}
          </Text>
          <ActionIcon
            size="sm"
            variant="subtle"
            color="gray"
            aria-label={`Move ${attributeName(name)} up`}
            disabled={index === 0}
            onClick={() => onMove(index, index - 1)}
          >
            <IconArrowUp size={14} />
          </ActionIcon>
          <ActionIcon
            size="sm"
            variant="subtle"
            color="gray"
            aria-label={`Move ${attributeName(name)} down`}
            disabled={index === value.length - 1}
            onClick={() => onMove(index, index + 1)}
          >
            <IconArrowDown size={14} />
          </ActionIcon>
          <CloseButton size="sm" aria-label={`Remove ${attributeName(name)}`} onClick={() => onRemove(name)} />
        </li>
      ))}
    </ol>
  );
}
