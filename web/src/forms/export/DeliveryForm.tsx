import { TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { aboutQuery } from "../../api/about";
import { DestinationChoice } from "../DestinationChoice";
import { useFault } from "../filter/faults";
import type { ExportDraft } from "./draft";
import classes from "./export.module.css";
import { FORM } from "./write";

interface Props {
  draft: ExportDraft;
  onChange: (change: Partial<ExportDraft>) => void;
}

/** Who is told when the files are ready, and where they are sent. */
export function DeliveryForm({ draft, onChange }: Props) {
  const about = useQuery(aboutQuery());
  const faults = { email: useFault(FORM, "email"), hook: useFault(FORM, "hook"), destinations: useFault(FORM, "destinations") };
  return (
    <div className={classes.fields}>
      <TextInput
        type="email"
        label="E-mail address"
        description={
          about.data?.mail === "directory" ? "Gets a link, shown under Mail: no relay is set." : "Gets a link to the files."
        }
        placeholder="you@example.com"
        autoComplete="email"
        value={draft.email}
        onChange={(event) => onChange({ email: event.currentTarget.value })}
        error={faults.email}
      />
      <TextInput
        type="url"
        label="Hook"
        description="An address that is called with a link to the files."
        placeholder="https://example.com/exports"
        value={draft.hook}
        onChange={(event) => onChange({ hook: event.currentTarget.value })}
        error={faults.hook}
      />
      <DestinationChoice values={draft.destinations} onChange={(chosen) => onChange({ destinations: chosen })} error={faults.destinations} />
    </div>
  );
}
