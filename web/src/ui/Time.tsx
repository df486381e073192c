import { Tooltip } from "@mantine/core";
import { local, utc } from "../format/time";

/** An instant in the reader's time zone; UTC in the tooltip. */
export function Time({ value }: { value: string }) {
  return (
    <Tooltip label={utc(value)}>
      <time dateTime={value} className="figures" style={{ whiteSpace: "nowrap" }}>
        {local(value)}
      </time>
    </Tooltip>
  );
}
