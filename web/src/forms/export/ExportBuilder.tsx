import { Alert, Button, Loader, Skeleton, Text } from "@mantine/core";
import IconCalendarRepeat from "@tabler/icons-react/icons/IconCalendarRepeat";
import IconEye from "@tabler/icons-react/icons/IconEye";
import IconFileExport from "@tabler/icons-react/icons/IconFileExport";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { dictionaryQuery } from "../../api/dictionary";
import { refusedPath, sentence } from "../../api/errors";
import type { Dictionary, ExportJob } from "../../api/types";
import { ButtonLink } from "../../components/links";
import { QueryFailure } from "../../components/QueryFailure";
import { plural } from "../../format/number";
import type { Missing } from "../../filters/complete";
import { Panel } from "../../ui/Panel";
import { Faults } from "../filter/faults";
import { BodyPanel } from "./BodyPanel";
import type { ExportDraft } from "./draft";
import classes from "./export.module.css";
import { ExportFields } from "./ExportFields";
import { conflicts, missing } from "./missing";
import { PreviewPanel } from "./PreviewPanel";
import { useExportRun } from "./useExportRun";
import { fieldAt, write } from "./write";

interface Props {
  draft: ExportDraft;
  onChange: (draft: ExportDraft) => void;
  onStarted: (job: ExportJob) => void;
}

/** Any export: the form, the same as a body of the API beside it, and a preview before it runs. */
export function ExportBuilder(props: Props) {
  const dictionary = useQuery(dictionaryQuery());
  if (dictionary.isError) {
    return (
      <Panel>
        <QueryFailure error={dictionary.error} retry={dictionary.refetch} />
      </Panel>
    );
  }
  if (!dictionary.data) return <Skeleton h={520} radius="lg" />;
  return <Builder {...props} dictionary={dictionary.data} />;
}

function Builder({ draft, onChange, onStarted, dictionary }: Props & { dictionary: Dictionary }) {
  const { body, places } = write(draft);
  const open = missing(draft);
  const against = conflicts(draft);
  const [tries, setTries] = useState(0);
  const form = useRef<HTMLFormElement>(null);
  const result = useRef<HTMLDivElement>(null);
  const { asked, stale, preview, warned, error, pending, ask, run } = useExportRun(body, onStarted);
  const path = refusedPath(error);
  const faults: Missing[] = [
    ...(tries > 0 ? open : against),
    ...(path === undefined ? [] : [{ ...fieldAt(places, path), message: sentence(error) }]),
  ];

  useEffect(() => {
    // What is wrong is said where it is; the first such place gets the focus.
    if (tries > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [tries, path]);
  const answered = preview.dataUpdatedAt + preview.errorUpdatedAt;
  useEffect(() => {
    if (answered === 0 || path !== undefined) return;
    result.current?.focus({ preventScroll: true });
    result.current?.scrollIntoView({ block: "start" });
  }, [answered, path]);

  const go = (act: () => void) => {
    setTries((times) => times + 1);
    if (open.length === 0) act();
  };
  return (
    <Faults value={faults}>
      <form
        ref={form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          go(run);
        }}
      >
        <div className={classes.layout}>
          <div className={classes.form}>
            <ExportFields dictionary={dictionary} draft={draft} onChange={(change) => onChange({ ...draft, ...change })} once />
          </div>
          <BodyPanel body={body} partial={open.length > against.length} onFill={onChange} />
        </div>
        {asked && path === undefined && (
          <PreviewPanel ref={result} data={preview.data} error={preview.error} retry={preview.refetch} stale={stale} />
        )}
        {error && path !== undefined && (
          <Alert color="red" variant="light" role="alert" title="The service refuses this" mt="md">
            {path && (
              <Text size="sm" mb={4}>
                At <span className="mono">{path}</span>
              </Text>
            )}
            {sentence(error)}
          </Alert>
        )}
        {error && path === undefined && error !== preview.error && (
          <Alert color="red" variant="light" role="alert" mt="md">
            {sentence(error)}
          </Alert>
        )}
        <div className={classes.foot}>
          <div role="status" style={{ flex: 1, minWidth: 200, display: "flex", alignItems: "center", gap: 8 }}>
            <Standing open={tries > 0 ? open.length : 0} stale={stale} rows={preview.data?.rows} warnings={preview.data?.warnings.length ?? 0} counting={preview.isFetching} />
          </div>
          <ButtonLink to="/schedules/edit" search={{ body }} variant="default" leftSection={<IconCalendarRepeat size={16} />}>
            Schedule it
          </ButtonLink>
          <Button variant="default" leftSection={<IconEye size={16} />} loading={preview.isFetching && !pending} onClick={() => go(ask)}>
            Preview
          </Button>
          <Button type="submit" leftSection={<IconFileExport size={16} />} loading={pending}>
            {warned ? "Run anyway" : "Run export"}
          </Button>
        </div>
      </form>
    </Faults>
  );
}

interface StandingProps {
  open: number;
  stale: boolean;
  rows: number | undefined;
  warnings: number;
  counting: boolean;
}

/** How things stand with the preview, in a line. */
function Standing({ open, stale, rows, warnings, counting }: StandingProps) {
  if (open > 0) {
    return (
      <Text size="sm" c="var(--mantine-color-error)">
        {plural(open, "field has", "fields have")} to be filled in or changed.
      </Text>
    );
  }
  if (counting) {
    return (
      <>
        <Loader size={12} color="gray" aria-hidden />
        <Text size="sm" c="dimmed">
          Counting rows…
        </Text>
      </>
    );
  }
  if (stale || rows === undefined) {
    return (
      <Text size="sm" c="dimmed">
        {stale ? "Changed since the preview." : "A preview counts the rows exactly and shows the first ones."}
      </Text>
    );
  }
  return (
    <Text size="sm" className="figures">
      <Text span fw={650}>
        {plural(rows, "row", "rows")}
      </Text>
      {warnings > 0 && ` · ${plural(warnings, "warning", "warnings")} to read above before it runs`}
    </Text>
  );
}
