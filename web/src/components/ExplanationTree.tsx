import { Text } from "@mantine/core";
import IconCheck from "@tabler/icons-react/icons/IconCheck";
import IconX from "@tabler/icons-react/icons/IconX";
import type { ExplainedEvent, Explanation } from "../api/segmentTypes";
import { plural } from "../format/number";
import { Time } from "../ui/Time";
import classes from "./ExplanationTree.module.css";
import { becauseWords, partsWords } from "./explanationWords";
import { useSavedNames } from "./useSavedNames";

/** Node by node whether it holds of a person, and what decided that. */
export function ExplanationTree({ explanation }: { explanation: Explanation }) {
  return (
    <ul className={classes.tree} aria-label="Why">
      <Node node={explanation} />
    </ul>
  );
}

function Node({ node }: { node: Explanation }) {
  const named = useSavedNames();
  const { because, holds, parts = [] } = node;
  const said = becauseWords(because, holds);
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
          {because.kind === "events" && because.newest.length > 0 && <Events found={because.found} newest={because.newest} />}
        </div>
      </div>
      {parts.length > 0 && (
        <ul className={classes.parts}>
          {parts.map((part) => (
            <Node key={part.path} node={part} />
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

function Events({ found, newest }: { found: number; newest: ExplainedEvent[] }) {
  return (
    <details className={classes.events}>
      <summary>{found > newest.length ? `The newest ${newest.length}` : plural(found, "event", "events")}</summary>
      <ul>
        {newest.map(({ timestamp, position, params }) => (
          <li key={position}>
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
