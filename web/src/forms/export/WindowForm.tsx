import { Button, NumberInput, Text } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { aboutQuery } from "../../api/about";
import { sentence } from "../../api/errors";
import { exportsQuery } from "../../api/exports";
import type { ExportKind } from "../../api/types";
import { count } from "../../format/number";
import { Choice } from "../../ui/Choice";
import { OneOf } from "../../ui/OneOf";
import { useFault } from "../filter/faults";
import { SINCE } from "./draft";
import type { ExportDraft, WindowDraft } from "./draft";
import { earlierExports } from "./earlier";
import classes from "./export.module.css";
import { FORM } from "./write";

const LABELS: Record<WindowDraft["since"], string> = { everything: "Everything", position: "Since a position", export: "Since an export" };

const NEWS: Record<ExportKind, string> = {
  profiles: "People of whom something changed since, as they are at the end of it.",
  events: "Events that came in since.",
  passes: "All passes of a person through a journey in which something happened since: put them in the place of the rows before.",
  messages: "All messages to a person in a journey in which something happened since: put them in the place of the rows before.",
};

interface Props {
  draft: ExportDraft;
  onChange: (change: Partial<ExportDraft>) => void;
}

/** Everything, or only what is new: since a position, or since an earlier export. */
export function WindowForm({ draft: { kind, window }, onChange }: Props) {
  const about = useQuery(aboutQuery());
  const faults = { from: useFault(FORM, "from", "positions"), to: useFault(FORM, "to") };
  const patch = (change: Partial<WindowDraft>) => onChange({ window: { ...window, ...change } });
  const end = about.data?.position;
  return (
    <>
      <OneOf label="How much" options={SINCE.map((since) => ({ value: since, label: LABELS[since] }))} value={window.since} onChange={(since) => patch({ since })} />
      {window.since !== "everything" && (
        <>
          <Text size="sm" c="dimmed" mt="xs" mb="sm">
            {NEWS[kind]} Each row has its position. Filters, computed columns and workbooks do not go with it.
          </Text>
          <div className={classes.fields}>
            {window.since === "position" ? (
              <NumberInput
                label="Since position"
                description={end === undefined ? "0 begins a chain." : `0 begins a chain; the data end at ${count(end)} now.`}
                min={0}
                allowDecimal={false}
                allowNegative={false}
                thousandSeparator=","
                value={window.from ?? ""}
                onChange={(from) => patch({ from: typeof from === "number" ? from : null })}
                error={faults.from}
              />
            ) : (
              <Earlier kind={kind} window={window} onChange={patch} />
            )}
            <NumberInput
              label="Before position"
              description="Where the window ends."
              placeholder="with the newest record"
              min={0}
              allowDecimal={false}
              allowNegative={false}
              thousandSeparator=","
              value={window.to ?? ""}
              onChange={(to) => patch({ to: typeof to === "number" ? to : null })}
              error={faults.to}
            />
          </div>
        </>
      )}
    </>
  );
}

interface EarlierProps {
  kind: ExportKind;
  window: WindowDraft;
  onChange: (change: Partial<WindowDraft>) => void;
}

/** The export that it begins behind. */
function Earlier({ kind, window, onChange }: EarlierProps) {
  const jobs = useInfiniteQuery(exportsQuery());
  const fault = useFault(FORM, "after", "from", "positions");
  const options = earlierExports(jobs.data?.pages.flatMap((page) => page.exports) ?? [], kind);
  return (
    <div>
      <Choice
        label="Since export"
        labelled
        description="It begins where that one ends."
        placeholder={jobs.isPending ? "Looking…" : options.length === 0 ? "No export is complete yet" : "Choose an export"}
        options={options}
        value={window.after}
        onChange={(after) => onChange({ after, end: null })}
        error={fault ?? (jobs.isError ? sentence(jobs.error) : undefined)}
      />
      {jobs.hasNextPage && (
        <Button mt={4} size="compact-sm" variant="subtle" loading={jobs.isFetchingNextPage} onClick={() => void jobs.fetchNextPage()}>
          Offer older exports
        </Button>
      )}
    </div>
  );
}
