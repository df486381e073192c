import { Button, Group } from "@mantine/core";
import IconMathFunction from "@tabler/icons-react/icons/IconMathFunction";
import IconPlus from "@tabler/icons-react/icons/IconPlus";
import type { EventEntry } from "../../api/types";
import { atLeastOnce, newParameter, newWhere } from "../../filters/model";
import type { Step } from "../../filters/model";
import { AggregateLine } from "./AggregateLine";
import { AmountInput } from "./AmountInput";
import { useFault } from "./faults";
import classes from "./filter.module.css";
import { RangeInput } from "./RangeInput";
import { WhereRows } from "./WhereRows";

interface Props {
  event: EventEntry;
  value: Step;
  onChange: (change: Partial<Pick<Step, "where" | "times" | "range" | "aggregate">>) => void;
  /** A step of a sequence neither counts nor adds up. */
  step?: boolean;
}

/** What events and channel interactions share: how often, when, with which parameters, adding up to how much. */
export function HappeningFields({ event, value, onChange, step }: Props) {
  const { id, where, times, aggregate } = value;
  const faults = { times: useFault(id, "times"), range: useFault(id, "time_range") };
  const addRow = (row: ReturnType<typeof newParameter> | ReturnType<typeof newWhere>) =>
    onChange({ where: { ...where, rows: [...where.rows, row] } });
  return (
    <>
      <div className={classes.line}>
        {!step && (
          <>
            <AmountInput label="Times" whole value={times} onChange={(changed) => onChange({ times: changed })} error={faults.times} />
            <span className={classes.lead} style={{ minWidth: 0 }}>
              {times.operator !== "between" && times.value === 1 ? "time" : "times"}
            </span>
          </>
        )}
        <RangeInput value={value.range} onChange={(range) => onChange({ range })} error={faults.range} />
      </div>
      <WhereRows event={event} value={where} onChange={(changed) => onChange({ where: changed })} />
      {aggregate && (
        <AggregateLine id={id} event={event} value={aggregate} onChange={(changed) => onChange({ aggregate: changed })} />
      )}
      <Group gap={4} mt={8}>
        <Button size="compact-sm" variant="subtle" leftSection={<IconPlus size={14} />} onClick={() => addRow(newParameter())}>
          Parameter
        </Button>
        {where.rows.length > 0 && (
          <Button
            size="compact-sm"
            variant="subtle"
            leftSection={<IconPlus size={14} />}
            onClick={() => addRow(newWhere([newParameter()], where.joiner === "all" ? "any" : "all"))}
          >
            Inner group
          </Button>
        )}
        {!step && !aggregate && event.parameters.length > 0 && (
          <Button
            size="compact-sm"
            variant="subtle"
            leftSection={<IconMathFunction size={14} />}
            onClick={() => onChange({ aggregate: { function: "sum", parameter: null, amount: atLeastOnce() } })}
          >
            Sum or average
          </Button>
        )}
      </Group>
    </>
  );
}
