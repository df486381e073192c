import { Skeleton, Stack, Text } from "@mantine/core";
import IconHelpCircle from "@tabler/icons-react/icons/IconHelpCircle";
import { useQuery } from "@tanstack/react-query";
import { sentence } from "../api/errors";
import { savedSegmentsQuery } from "../api/savedSegments";
import { explainQuery } from "../api/segments";
import type { Definition } from "../api/types";
import { ExplanationTree } from "../components/ExplanationTree";
import { QueryFailure } from "../components/QueryFailure";
import { useSavedNames } from "../components/useSavedNames";
import { Choice } from "../ui/Choice";
import { Notice } from "../ui/Notice";
import { Time } from "../ui/Time";

interface Props {
  profileId: string;
  /** The filter of the list that the person was found in. */
  filter: Definition | undefined;
  /** The saved segment that is asked about; none means the filter. */
  segment: string | undefined;
  onSegment: (segment: string | undefined) => void;
  asOf: string | undefined;
}

const FILTER = "filter";

/** Why a person is, or is not, among those of a saved segment or of the filter. */
export function WhyForm({ profileId, filter, segment, onSegment, asOf }: Props) {
  const saved = useQuery(savedSegmentsQuery());
  const named = useSavedNames();
  const segments = saved.data?.segments ?? [];
  const definition: Definition | undefined = segment === undefined ? filter : { segment };
  const options = [
    ...(filter ? [{ value: FILTER, label: "The current filter" }] : []),
    ...segments.map(({ id, name, words }) => ({ value: id, label: name, meaning: named(words) })),
  ];
  return (
    <Stack gap="md">
      <Choice
        label="Among whom"
        labelled
        placeholder={saved.data && options.length === 0 ? "No segment is saved yet" : "Choose a segment"}
        width="min(100%, 380px)"
        options={options}
        value={segment ?? (filter ? FILTER : null)}
        onChange={(chosen) => onSegment(chosen === FILTER || chosen === null ? undefined : chosen)}
        error={saved.isError ? sentence(saved.error) : undefined}
      />
      {definition ? (
        <Why key={JSON.stringify(definition)} profileId={profileId} definition={definition} asOf={asOf} />
      ) : (
        <Notice icon={<IconHelpCircle size={22} />} title="Nothing to explain yet">
          Choose a saved segment to see why this person is in it or not.
        </Notice>
      )}
    </Stack>
  );
}

function Why({ profileId, definition, asOf }: { profileId: string; definition: Definition; asOf: string | undefined }) {
  const why = useQuery(explainQuery(definition, profileId, asOf));
  if (why.isError) return <QueryFailure error={why.error} retry={why.refetch} />;
  if (!why.data) return <Skeleton h={180} radius="lg" aria-label="Looking" />;
  const { explanation, as_of } = why.data;
  return (
    <section aria-label="Explanation">
      <Text fw={620} role="status">
        {explanation.holds ? "This person is here." : "This person is not here."}
      </Text>
      <Text size="xs" c="dimmed" mb="sm">
        As of <Time value={as_of} />
      </Text>
      <ExplanationTree explanation={explanation} definition={definition} />
    </section>
  );
}
