import { Alert, Input } from "@mantine/core";
import type { Dictionary } from "../../api/types";
import { AttributePicker } from "../AttributePicker";
import { useFault } from "../filter/faults";
import { ComputedForm } from "./ComputedForm";
import { DeliveryForm } from "./DeliveryForm";
import { ofJourneys, takesComputed } from "./draft";
import type { ExportDraft } from "./draft";
import { EventsForm } from "./EventsForm";
import { FileForm } from "./FileForm";
import { JourneysForm } from "./JourneysForm";
import { KindChoice } from "./KindChoice";
import { Section } from "./Section";
import { FORM } from "./write";
import { WhoForm } from "./WhoForm";
import { WindowForm } from "./WindowForm";

interface Props {
  dictionary: Dictionary;
  draft: ExportDraft;
  onChange: (change: Partial<ExportDraft>) => void;
  /** Whether it is made once, so that it says itself since when; runs of a schedule follow one another. */
  once?: boolean;
}

/** What an export is asked for, question by question. */
export function ExportFields({ dictionary, draft, onChange, once }: Props) {
  const { kind, attributes, computed, file, rest } = draft;
  const fault = useFault(FORM, "attributes");
  const kept = Object.keys(rest);
  return (
    <>
      <Section title="What a row is">
        <KindChoice value={kind} onChange={(chosen) => onChange({ kind: chosen })} />
      </Section>
      {once && (
        <Section title="How much" note="All there is, or only what came in since some point, however long ago it happened.">
          <WindowForm draft={draft} onChange={onChange} />
        </Section>
      )}
      <Section title="Whose" note="Everyone, unless you choose.">
        <WhoForm draft={draft} onChange={onChange} once={once === true} />
      </Section>
      {kind === "events" && (
        <Section title="Events" note="Parameters become columns, which stay empty where an event does not have them. All conditions of an event have to hold.">
          <EventsForm dictionary={dictionary} draft={draft} onChange={onChange} />
        </Section>
      )}
      {ofJourneys(kind) && (
        <Section title="Journeys">
          <JourneysForm draft={draft} onChange={onChange} />
        </Section>
      )}
      <Section title="Attributes of the person">
        <AttributePicker
          dictionary={dictionary}
          value={attributes}
          onChange={(chosen) => onChange({ attributes: chosen })}
          after={kind === "profiles" ? undefined : kind === "events" ? "those of the events" : `those of the ${kind}`}
        />
        {fault && <Input.Error mt="xs">{fault}</Input.Error>}
      </Section>
      {takesComputed(kind) && (
        <Section title="Computed columns" note="Of each person: how often, when first or last, how much, whether in a segment.">
          <ComputedForm dictionary={dictionary} value={computed} onChange={(chosen) => onChange({ computed: chosen })} />
        </Section>
      )}
      <Section title="File">
        <FileForm value={file} onChange={(chosen) => onChange({ file: chosen })} />
        {kept.length > 0 && (
          <Alert variant="light" mt="sm" role="note">
            Also in the body, without a field here: {kept.join(", ")}. It stays as it was written.
          </Alert>
        )}
      </Section>
      <Section title="When it is ready">
        <DeliveryForm draft={draft} onChange={onChange} />
      </Section>
    </>
  );
}
