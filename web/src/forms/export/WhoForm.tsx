import { Button, Group, Input, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { sentence } from "../../api/errors";
import { savedSegmentsQuery } from "../../api/savedSegments";
import type { Definition } from "../../api/types";
import { FilterWords } from "../../components/FilterWords";
import { useSavedNames } from "../../components/useSavedNames";
import { Choice } from "../../ui/Choice";
import { useFault } from "../filter/faults";
import { FilterBar } from "../filter/FilterBar";
import { InstantInput } from "../filter/TimeInputs";
import type { ExportDraft } from "./draft";
import classes from "./export.module.css";
import { FORM } from "./write";

interface Props {
  draft: ExportDraft;
  onChange: (change: Partial<ExportDraft>) => void;
  /** Whether it is asked as of when that is decided; a run of a schedule is as of the time it was due. */
  once: boolean;
}

/** Whose rows: everyone's, those of a saved segment, or of a filter; and as of when that is decided. */
export function WhoForm({ draft: { definition, asOf }, onChange, once }: Props) {
  const saved = useQuery(savedSegmentsQuery());
  const named = useSavedNames();
  const options = saved.data?.segments.map(({ id, name, words }) => ({ value: id, label: name, meaning: named(words) })) ?? [];
  const faults = { definition: useFault(FORM, "definition"), asOf: useFault(FORM, "as_of") };
  return (
    <>
      <Group gap="md" mb="sm">
        <FilterBar applied={definition} asOf={asOf ?? undefined} onApply={(filter) => onChange({ definition: filter })} />
      </Group>
      {definition && <FilterWords definition={definition} asOf={undefined} onClear={() => onChange({ definition: undefined })} />}
      {faults.definition && <Input.Error mb="sm">{faults.definition}</Input.Error>}
      <div className={classes.fields}>
        <Choice
          label="Saved segment"
          labelled
          placeholder={saved.data?.segments.length === 0 ? "No segment is saved yet" : "Everyone"}
          options={options}
          value={segmentOf(definition)}
          clearable
          onChange={(id) => onChange({ definition: id === null ? undefined : { segment: id } })}
          error={saved.isError ? sentence(saved.error) : undefined}
        />
        {once && (
          <Input.Wrapper label="As of" labelElement="div">
            <Group gap={6} align="flex-start">
              <InstantInput label="As of" value={asOf} onChange={(instant) => onChange({ asOf: instant })} error={faults.asOf} />
              {asOf === null ? (
                <Text size="xs" c="dimmed" pt={9}>
                  now
                </Text>
              ) : (
                <Button size="compact-sm" variant="subtle" mt={5} onClick={() => onChange({ asOf: null })}>
                  Now
                </Button>
              )}
            </Group>
          </Input.Wrapper>
        )}
      </div>
    </>
  );
}

/** The saved segment that a definition is and nothing else. */
function segmentOf(definition: Definition | undefined): string | null {
  const written = definition as Record<string, unknown> | undefined;
  return written && typeof written.segment === "string" && Object.keys(written).length === 1 ? written.segment : null;
}
