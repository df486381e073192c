import { Text } from "@mantine/core";
import IconCheck from "@tabler/icons-react/icons/IconCheck";
import IconX from "@tabler/icons-react/icons/IconX";
import { useQuery } from "@tanstack/react-query";
import { savedSegmentsQuery } from "../api/savedSegments";
import type { Because, ExplainedEvent, Explanation } from "../api/segmentTypes";
import type { Definition } from "../api/types";
import { plural } from "../format/number";
import { Time } from "../ui/Time";
import classes from "./ExplanationTree.module.css";
import { becauseWords, nodeAt, partsWords } from "./explanationWords";
import { useSavedNames } from "./useSavedNames";

/** Node by node whether it holds of a person, and what decided that. */
export function ExplanationTree({ explanation, definition }: { explanation: Explanation; definition: Definition }) {
  return (
    <ul className={classes.tree} aria-label="Why">
      <Node node={explanation} definition={definition} />
    </ul>
  );
}

/** `definition` is the one that the path of the node is a path of, as far as it is known. */
function Node({ node, definition }: { node: Explanation; definition: Definition | undefined }) {
  const named = useSavedNames();
  const { because, holds, parts = [] } = node;
  const asked = nodeAt(definition, node.path);
  const saved = useQuery({ ...savedSegmentsQuery(), staleTime: 60_000 });
  const inside =
    because.kind === "segment"
      ? saved.data?.segments.find(({ id }) => id === (asked as { segment?: string } | undefined)?.segment)?.definition
      : definition;
  const said = becauseWords(because, holds, asked);
  const shown = shownEvents(because);
  return (
    <li className={classes.node}>
      <div className={classes.line}>
        <Verdict holds={holds} />
        <div style={{ minWidth: 0 }}>
          <Text size="sm" fw={because.kind === "parts" ? 600 : 450} style={{ overflowWrap: "anywhere" }}>
            {named(because.kind === "parts" ? partsWords(node) : node.words)}
          </Text>
          {said && (
            <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
              {said}
            </Text>
          )}
          {shown.events.length > 0 && <Events {...shown} />}
        </div>
      </div>
      {parts.length > 0 && (
        <ul className={classes.parts}>
          {parts.map((part) => (
            <Node key={part.path} node={part} definition={inside} />
          ))}
        </ul>
      )}
    </li>
  );
}

/** True or false, in an icon and a word. */
function Verdict({ holds }: { holds: boolean }) {
  return (
    <span className={classes.verdict} data-holds={holds}>
      {holds ? <IconCheck size={14} stroke={2.5} aria-hidden /> : <IconX size={14} stroke={2.5} aria-hidden />}
      {holds ? "yes" : "no"}
    </span>
  );
}

interface Shown {
  summary: string;
  events: (ExplainedEvent & { role?: string })[];
}

/** The events that decided, and what each of them is. */
function shownEvents(because: Because): Shown {
  switch (because.kind) {
    case "events": {
      const { found, newest } = because;
      return { summary: found > newest.length ? `The newest ${newest.length}` : plural(found, "event", "events"), events: newest };
    }
    case "steps":
      return { summary: "One after the other", events: because.chain.map((event, index) => ({ ...event, role: `Step ${index + 1}` })) };
    case "journey": {
      const passages = [
        ...because.entries.map((event) => ({ ...event, role: "Entered" })),
        ...because.exits.map((event) => ({ ...event, role: "Left" })),
      ];
      const time = ({ timestamp }: ExplainedEvent) => new Date(timestamp).getTime();
      return { summary: "Entries and exits", events: passages.sort((a, b) => time(b) - time(a) || b.position - a.position) };
    }
    default:
      return { summary: "", events: [] };
  }
}

function Events({ summary, events }: Shown) {
  return (
    <details className={classes.events}>
      <summary>{summary}</summary>
      <ul>
        {events.map(({ timestamp, position, params, role }) => (
          <li key={position}>
            {role && <strong>{role} </strong>}
            <Time value={timestamp} />
            <dl>
              {params.map(([name, value]) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>{value === "" ? "“”" : value}</dd>
                </div>
              ))}
            </dl>
          </li>
        ))}
      </ul>
    </details>
  );
}
