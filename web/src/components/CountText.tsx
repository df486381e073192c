import { Loader, Text } from "@mantine/core";
import { sentence } from "../api/errors";
import type { SegmentCount } from "../api/types";
import { count as figure, plural, share } from "../format/number";

interface Props {
  data: SegmentCount | undefined;
  error: unknown;
  pending: boolean;
  filters: number;
  /** Whether changes are read aloud; only one place on the page does that at a time. */
  live?: boolean;
}

/** `345 people · 2 filters`: how many a filter leaves. */
export function CountText({ data, error, pending, filters, live }: Props) {
  const settled = data && !error;
  return (
    <div
      role={live ? "status" : undefined}
      aria-live={live ? "polite" : undefined}
      aria-atomic={live}
      data-pending={pending}
      style={{ display: "flex", alignItems: "baseline", gap: 8, minWidth: 0 }}
    >
      {error ? (
        <Text size="sm" c="var(--mantine-color-error)" lineClamp={2}>
          {sentence(error)}
        </Text>
      ) : !settled ? (
        <Text size="sm" c="dimmed">
          Counting…
        </Text>
      ) : (
        <Text size="sm" className="figures" component="span" c={pending ? "dimmed" : undefined}>
          <Text span fw={650} size="md">
            {figure(data.count)}
          </Text>{" "}
          {data.count === 1 ? "person" : "people"}
          <Text span c="dimmed">
            {" · "}
            {filters === 0 ? "no filters" : plural(filters, "filter", "filters")}
            {filters > 0 && ` · ${share(data.count, data.population)} of ${figure(data.population)}`}
          </Text>
        </Text>
      )}
      {pending && !error && <Loader size={12} color="gray" aria-hidden />}
    </div>
  );
}
