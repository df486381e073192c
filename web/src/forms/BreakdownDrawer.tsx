import { Button, Drawer, Group, Loader, Skeleton, Stack, Text } from "@mantine/core";
import IconUserOff from "@tabler/icons-react/icons/IconUserOff";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { dictionaryQuery } from "../api/dictionary";
import { journeysQuery } from "../api/journeys";
import { breakdownQuery } from "../api/segments";
import type { Breakdown, Definition, Dictionary } from "../api/types";
import { QueryFailure } from "../components/QueryFailure";
import { attributeName, eventName, parameterName } from "../format/names";
import { plural } from "../format/number";
import { BarTable } from "../ui/BarTable";
import type { Bar } from "../ui/BarTable";
import { Choice } from "../ui/Choice";
import { Notice } from "../ui/Notice";
import { Words } from "../ui/Words";

interface Props {
  /** Who is broken down, in words. */
  of: string;
  definition: Definition;
  asOf: string | undefined;
  onClose: () => void;
}

/** What is chosen: one of the two that the service takes. */
type By = { attribute: string } | { event: string; parameter: string };

/** How people spread over the values of an attribute, or of a parameter of what they did. */
export function BreakdownDrawer({ of, definition, asOf, onClose }: Props) {
  const dictionary = useQuery(dictionaryQuery());
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={620}
      title={<Text component="span" fw={640}>Break down {of}</Text>}
      closeButtonProps={{ "aria-label": "Close breakdown" }}
    >
      {dictionary.isError ? (
        <QueryFailure error={dictionary.error} retry={dictionary.refetch} />
      ) : dictionary.data ? (
        <BreakdownForm dictionary={dictionary.data} definition={definition} asOf={asOf} />
      ) : (
        <Skeleton h={240} />
      )}
    </Drawer>
  );
}

interface FormProps {
  dictionary: Dictionary;
  definition: Definition;
  asOf: string | undefined;
}

function BreakdownForm({ dictionary, definition, asOf }: FormProps) {
  const [kind, setKind] = useState<"attribute" | "event">("attribute");
  const [attribute, setAttribute] = useState<string | null>(() => mostTelling(dictionary));
  const [event, setEvent] = useState<string | null>(null);
  const [parameter, setParameter] = useState<string | null>(null);
  const parameters = dictionary.events.find(({ name }) => name === event)?.parameters ?? [];
  const by: By | undefined =
    kind === "attribute" ? (attribute === null ? undefined : { attribute }) : event !== null && parameter !== null ? { event, parameter } : undefined;
  return (
    <Stack>
      <Group gap={8} align="flex-start">
        <Words
          label="By"
          width={150}
          value={kind}
          options={[
            { value: "attribute", label: "by attribute" },
            { value: "event", label: "by event" },
          ]}
          onChange={setKind}
        />
        {kind === "attribute" ? (
          <Choice
            label="Attribute"
            placeholder="Choose an attribute"
            width={240}
            options={dictionary.attributes.map(({ name, type, values }) => ({ value: name, label: attributeName(name), meaning: type, count: values }))}
            value={attribute}
            onChange={setAttribute}
          />
        ) : (
          <>
            <Choice
              label="Event"
              placeholder="Choose an event"
              width={190}
              options={dictionary.events.map(({ name, count }) => ({ value: name, label: eventName(name), count }))}
              value={event}
              onChange={(name) => {
                setEvent(name);
                setParameter(null);
              }}
            />
            <Choice
              label="Parameter"
              placeholder="Choose a parameter"
              width={190}
              disabled={event === null}
              options={parameters.map(({ name, type, values }) => ({
                value: name,
                label: event === null ? name : parameterName(event, name),
                meaning: type,
                count: values,
              }))}
              value={parameter}
              onChange={setParameter}
            />
          </>
        )}
      </Group>
      {by ? (
        <Values by={by} definition={definition} asOf={asOf} />
      ) : (
        <Text size="sm" c="dimmed">
          Choose what to break them down by.
        </Text>
      )}
    </Stack>
  );
}

/** The attribute to begin with: words or yes and no rather than figures and dates, and one that most people have. */
function mostTelling({ attributes }: Dictionary): string | null {
  const few = (type: string) => Number(type === "string" || type === "boolean");
  return [...attributes].sort((a, b) => few(b.type) - few(a.type) || b.values - a.values)[0]?.name ?? null;
}

const SOME = 20;
const MORE = 200;

function Values({ by, definition, asOf }: { by: By; definition: Definition; asOf: string | undefined }) {
  const [limit, setLimit] = useState(SOME);
  const nameOf = useValueNames(by);
  const broken = useQuery(breakdownQuery(definition, by, asOf, limit));
  if (broken.isError) return <QueryFailure error={broken.error} retry={broken.refetch} />;
  if (!broken.data) return <Skeleton h={240} aria-label="Counting" />;
  const { count, distinct, values } = broken.data;
  if (count === 0) {
    return (
      <Notice icon={<IconUserOff size={22} />} title="No one to break down">
        No one is meant by this filter now.
      </Notice>
    );
  }
  const several = "event" in by;
  return (
    <div aria-busy={broken.isPlaceholderData}>
      <BarTable
        label={several ? parameterName(by.event, by.parameter) : attributeName(by.attribute)}
        caption={`${plural(count, "person", "people")}, ${plural(distinct, "different value", "different values")}`}
        bars={barsOf(broken.data, several, nameOf)}
        whole={count}
      />
      <Group mt="md" gap="sm">
        {distinct > values.length && limit < MORE && (
          <Button size="xs" variant="default" onClick={() => setLimit(MORE)}>
            Show up to {MORE} values
          </Button>
        )}
        {broken.isPlaceholderData && <Loader size={12} color="gray" aria-label="Counting" />}
      </Group>
      {several && (
        <Text size="xs" c="dimmed" mt="xs">
          A person counts once for each of their values, so shares may add up to more than 100%.
        </Text>
      )}
    </div>
  );
}

function barsOf({ values, missing, other }: Breakdown, several: boolean, nameOf: (value: string) => string | undefined): Bar[] {
  const bars: Bar[] = values.map(({ value, count }) => {
    const name = nameOf(value);
    return { key: `value:${value}`, label: name ? `${name} (${value})` : value === "" ? "“”" : value, count };
  });
  if (other > 0) bars.push({ key: "other", label: "Other values", count: other, rest: true });
  if (missing > 0) bars.push({ key: "missing", label: several ? "Did not do it, or without a value" : "No value", count: missing, rest: true });
  return bars;
}

/** What the codes of journeys, channels and actions stand for. */
function useValueNames(by: By): (value: string) => string | undefined {
  const dictionary = useQuery(dictionaryQuery());
  const journeys = useQuery(journeysQuery());
  switch ("parameter" in by ? by.parameter : undefined) {
    case "channel_code":
      return (value) => dictionary.data?.channels.find(({ code }) => code === value)?.name;
    case "action_code":
      return (value) => dictionary.data?.actions.find(({ code }) => String(code) === value)?.name;
    case "journey_id":
      return (value) => journeys.data?.journeys.find(({ journey_id }) => String(journey_id) === value)?.journey_name || undefined;
    default:
      return () => undefined;
  }
}
