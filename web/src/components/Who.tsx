import { useInfiniteQuery } from "@tanstack/react-query";
import { schedulesQuery } from "../api/schedules";
import { scheduleOf, shortId, whoName } from "../format/who";
import { TextLink } from "./links";

/** Who did something, by name; of a schedule with the way to it. */
export function Who({ who }: { who: string }) {
  const schedule = scheduleOf(who);
  return schedule === undefined ? <span title={who}>{whoName(who)}</span> : <ScheduleName id={schedule} />;
}

function ScheduleName({ id }: { id: string }) {
  const schedules = useInfiniteQuery({ ...schedulesQuery(), staleTime: 60_000, refetchInterval: false });
  const name = schedules.data?.pages.flatMap((page) => page.schedules).find((schedule) => schedule.id === id)?.name;
  // One that was deleted, or stands on a later page, has no name here.
  return (
    <>
      {"schedule "}
      <TextLink to="/schedules" search={{ schedule: id }} inherit underline="always" title={id} style={{ overflowWrap: "anywhere" }}>
        {name === undefined ? shortId(id) : `“${name}”`}
      </TextLink>
    </>
  );
}
