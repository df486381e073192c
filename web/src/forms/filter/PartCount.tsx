import { Tooltip } from "@mantine/core";
import { use } from "react";
import { count as figure } from "../../format/number";
import { PartCounts } from "./editing";
import classes from "./filter.module.css";

/** How many people one condition or group means by itself. */
export function PartCount({ id }: { id: string }) {
  const count = use(PartCounts).get(id);
  if (count === undefined) return <span className={classes.alone} />;
  return (
    <Tooltip label="By itself, without the other conditions">
      <span className={`${classes.alone ?? ""} figures`} data-testid="alone">
        {figure(count)} {count === 1 ? "person" : "people"}
      </span>
    </Tooltip>
  );
}
