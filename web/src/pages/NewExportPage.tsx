import { Alert } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { newDraft } from "../forms/export/draft";
import type { ExportDraft } from "../forms/export/draft";
import { ExportBuilder } from "../forms/export/ExportBuilder";
import { read } from "../forms/export/read";
import { write } from "../forms/export/write";
import { ButtonLink } from "../components/links";
import { PageHeader } from "../ui/PageHeader";

const route = getRouteApi("/shell/exports/new");

/** The form that an address begins with, and why that is not what the address says. */
function begin(body: object | undefined): { draft: ExportDraft; fault?: string } {
  if (!body) return { draft: newDraft() };
  const answer = read(body);
  return "draft" in answer ? answer : { draft: newDraft(), fault: answer.fault };
}

/** A new export of any kind. The address has the body that the form makes, so that it can be kept and sent around. */
export function NewExportPage() {
  const { body } = route.useSearch();
  const navigate = route.useNavigate();
  const [{ draft, fault }, setForm] = useState(() => begin(body));
  const written = body && JSON.stringify(body);
  const sent = useRef(written);
  useEffect(() => {
    // The address changed by itself, as with the back button or another link.
    if (written !== sent.current) {
      sent.current = written;
      setForm(begin(written === undefined ? undefined : (JSON.parse(written) as object)));
    }
  }, [written]);
  const send = useDebouncedCallback((changed: ExportDraft) => {
    const next = write(changed).body;
    sent.current = JSON.stringify(next);
    void navigate({ search: { body: next }, replace: true });
  }, 300);
  return (
    <>
      <PageHeader
        title="New raw export"
        actions={
          <ButtonLink to="/exports" variant="default">
            All exports
          </ButtonLink>
        }
      >
        Users, events, journey passes or messages as files, with a manifest that proves them complete.
      </PageHeader>
      {fault && (
        <Alert color="yellow" variant="light" mb="md" role="alert" title="The body in the address cannot be read">
          {fault} The form begins empty.
        </Alert>
      )}
      <ExportBuilder
        draft={draft}
        onChange={(changed) => {
          setForm({ draft: changed });
          send(changed);
        }}
        onStarted={(job) => void navigate({ to: "/exports", search: { job: job.id } })}
      />
    </>
  );
}
