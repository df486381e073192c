import { useQuery } from "@tanstack/react-query";
import { sentence } from "../../api/errors";
import { journeysQuery } from "../../api/journeys";
import { Choices } from "../../ui/Choices";
import { useFault } from "../filter/faults";
import { journeyOptions } from "../filter/JourneyForm";
import type { ExportDraft } from "./draft";
import { RangeLine } from "./RangeLine";
import { FORM } from "./write";

interface Props {
  draft: ExportDraft;
  onChange: (change: Partial<ExportDraft>) => void;
}

/** Of which journeys, and when. */
export function JourneysForm({ draft, onChange }: Props) {
  const journeys = useQuery(journeysQuery());
  const fault = useFault(FORM, "ids", "journeys");
  return (
    <>
      <Choices
        label="Journeys"
        labelled
        placeholder="All journeys"
        options={journeyOptions(journeys.data?.journeys)}
        values={draft.journeys.map(String)}
        onChange={(chosen) => onChange({ journeys: chosen.map(Number) })}
        nothing={journeys.isPending ? "Looking…" : "No journey of that name or id"}
        error={fault ?? (journeys.isError ? sentence(journeys.error) : undefined)}
      />
      <RangeLine label={draft.kind === "passes" ? "When they were entered" : "When they were sent"} draft={draft} onChange={onChange} />
    </>
  );
}
