import { Button, CloseButton, Text } from "@mantine/core";
import IconPlus from "@tabler/icons-react/icons/IconPlus";
import type { EventEntry } from "../../api/types";
import { newParameter } from "../../filters/model";
import type { ParameterCondition, WhereGroup, WherePart } from "../../filters/model";
import { useFault } from "./faults";
import classes from "./filter.module.css";
import { JoinWords } from "./JoinWords";
import { ParameterLine } from "./ParameterLine";

interface Props {
  event: EventEntry;
  value: WhereGroup;
  onChange: (value: WhereGroup) => void;
}

/** What holds of one event: rows of parameters, and groups of such rows inside. */
export function WhereRows({ event, value, onChange }: Props) {
  const { rows } = value;
  const change = (changed: WherePart) => onChange({ ...value, rows: rows.map((row) => (row.id === changed.id ? changed : row)) });
  const remove = (id: string) => onChange({ ...value, rows: rows.filter((row) => row.id !== id) });
  const beside = rows.filter((row): row is ParameterCondition => row.kind === "parameter");
  return (
    <>
      {(rows.length > 1 || value.negated || rows[0]?.kind === "where") && (
        <div className={classes.line} style={{ alignItems: "center" }}>
          <span className={classes.lead} style={{ padding: 0, minWidth: 0 }}>
            where
          </span>
          <JoinWords label="How parameters are joined" value={value} onChange={(joined) => onChange({ ...value, ...joined })} />
          <span className={classes.lead} style={{ padding: 0 }}>
            of these hold
          </span>
        </div>
      )}
      {rows.map((row) =>
        row.kind === "parameter" ? (
          <div className={`${classes.line ?? ""} ${classes.row ?? ""}`} key={row.id} data-condition={row.id}>
            <ParameterLine event={event} rows={beside} value={row} onChange={change} />
            <CloseButton aria-label="Remove parameter" mt={4} onClick={() => remove(row.id)} />
          </div>
        ) : (
          <Inner key={row.id} event={event} value={row} onChange={change} onRemove={() => remove(row.id)} />
        ),
      )}
    </>
  );
}

function Inner({ event, value, onChange, onRemove }: Props & { onRemove: () => void }) {
  const fault = useFault(value.id, "where");
  return (
    <div className={`${classes.inner ?? ""} ${classes.row ?? ""}`} role="group" aria-label="Inner group of parameters">
      <WhereRows event={event} value={value} onChange={onChange} />
      {fault && (
        <Text c="var(--mantine-color-error)" size="xs" mt={4}>
          {fault}
        </Text>
      )}
      <div className={classes.line}>
        <Button
          size="compact-xs"
          variant="subtle"
          leftSection={<IconPlus size={13} />}
          onClick={() => onChange({ ...value, rows: [...value.rows, newParameter()] })}
        >
          Parameter in this group
        </Button>
        <CloseButton size="sm" aria-label="Remove inner group" onClick={onRemove} />
      </div>
    </div>
  );
}
