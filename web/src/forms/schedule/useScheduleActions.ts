import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { ApiError } from "../../api/client";
import { sentence } from "../../api/errors";
import { pauseSchedule, runSchedule } from "../../api/schedules";
import type { Schedule } from "../../api/types";
import { newKey } from "../idempotency";

/** What can be done with a schedule: pause it, let it go on, run it now. */
export function useScheduleActions({ id, name, paused }: Pick<Schedule, "id" | "name" | "paused">) {
  const queries = useQueryClient();
  const key = useRef(newKey());
  const onError = (error: unknown) => notifications.show({ color: "red", title: "That did not work", message: sentence(error) });
  const onSettled = () => queries.invalidateQueries({ queryKey: ["schedules"] });
  const pause = useMutation({ mutationFn: () => pauseSchedule(id, !paused), onError, onSettled });
  const run = useMutation({
    mutationFn: () => runSchedule(id, key.current),
    onSuccess: () => {
      key.current = newKey();
      notifications.show({ color: "teal", title: "Run asked for", message: `“${name}” runs as soon as no other run of it is under way.` });
    },
    onError: (error) => {
      // Once answered, the next press is another request; without an answer it may be the same run.
      if (error instanceof ApiError) key.current = newKey();
      onError(error);
    },
    onSettled,
  });
  return { pause, run };
}
