import { Alert, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { scheduleQuery } from "../api/schedules";
import type { Schedule } from "../api/types";
import { ButtonLink } from "../components/links";
import { QueryFailure } from "../components/QueryFailure";
import { newSchedule, ofExport, ofSchedule } from "../forms/schedule/draft";
import type { ScheduleDraft } from "../forms/schedule/draft";
import { ScheduleBuilder } from "../forms/schedule/ScheduleBuilder";
import { PageHeader } from "../ui/PageHeader";
import { Panel } from "../ui/Panel";

const route = getRouteApi("/shell/schedules/edit");

/** A schedule to make, or to change. */
export function SchedulePage() {
  const { schedule, body } = route.useSearch();
  return (
    <>
      <PageHeader
        title={schedule ? "Change schedule" : "New schedule"}
        actions={
          <ButtonLink to="/schedules" variant="default">
            All schedules
          </ButtonLink>
        }
      >
        An export that is made again and again: when, and what is in it.
      </PageHeader>
      {schedule ? <Known key={schedule} id={schedule} /> : <New body={body} />}
    </>
  );
}

function New({ body }: { body: object | undefined }) {
  const form = useMemo(() => (body ? ofExport(body) : { draft: newSchedule() }), [body]);
  return <Form {...form} changed={undefined} />;
}

function Known({ id }: { id: string }) {
  // What is being changed must not change by itself below the form.
  const schedule = useQuery({ ...scheduleQuery(id), staleTime: Infinity, gcTime: 0, refetchOnWindowFocus: false });
  if (schedule.isError) {
    return (
      <Panel>
        <QueryFailure error={schedule.error} retry={schedule.refetch} />
      </Panel>
    );
  }
  if (!schedule.data) return <Skeleton h={520} radius="lg" />;
  // Another revision is another beginning: saving what was made of this one is a conflict.
  return <Form key={schedule.data.revision} {...ofSchedule(schedule.data)} changed={schedule.data} />;
}

interface FormProps {
  draft: ScheduleDraft;
  fault?: string;
  changed: Schedule | undefined;
}

function Form({ draft, fault, changed }: FormProps) {
  const navigate = route.useNavigate();
  return (
    <>
      {fault && (
        <Alert color="yellow" variant="light" mb="md" role="alert" title="The export cannot be read into the form">
          {fault} The form begins with an empty one.
        </Alert>
      )}
      <ScheduleBuilder begin={draft} changed={changed} onDone={({ id }) => void navigate({ to: "/schedules", search: { schedule: id } })} />
    </>
  );
}
