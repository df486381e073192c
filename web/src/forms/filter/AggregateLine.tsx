import { CloseButton } from "@mantine/core";
import type { EventEntry } from "../../api/types";
import type { Aggregate, AggregateFunction } from "../../filters/model";
import { Choice } from "../../ui/Choice";
import { Words } from "../../ui/Words";
import { AmountInput } from "./AmountInput";
import { useFault } from "./faults";
import classes from "./filter.module.css";
import { parameterOptions } from "./ParameterLine";

const FUNCTIONS: readonly { value: AggregateFunction; label: string }[] = [
  { value: "sum", label: "sum of" },
  { value: "average", label: "average of" },
  { value: "minimum", label: "smallest" },
  { value: "maximum", label: "largest" },
  { value: "distinct_count", label: "number of different" },
  { value: "first", label: "first" },
  { value: "last", label: "last" },
];

interface Props {
  id: string;
  event: EventEntry;
  value: Aggregate;
  onChange: (value: Aggregate | null) => void;
}

/** What a parameter adds up to over the events. */
export function AggregateLine({ id, event, value, onChange }: Props) {
  const error = useFault(id, "aggregate");
  return (
    <div className={`${classes.line ?? ""} ${classes.row ?? ""}`}>
      <Words
        label="Function"
        width={150}
        value={value.function}
        options={FUNCTIONS}
        onChange={(name) => onChange({ ...value, function: name })}
      />
      <Choice
        label="Parameter to add up"
        placeholder="Choose a parameter"
        width={170}
        options={parameterOptions(event)}
        value={value.parameter}
        onChange={(parameter) => onChange({ ...value, parameter })}
        error={error}
      />
      <AmountInput
        label="Result"
        type={typeOfResult(value, event)}
        value={value.amount}
        onChange={(amount) => onChange({ ...value, amount })}
      />
      <CloseButton aria-label="Remove sum or average" mt={4} onClick={() => onChange(null)} />
    </div>
  );
}

/** What comes out: a number, or what the parameter itself is. */
function typeOfResult({ function: name, parameter }: Aggregate, event: EventEntry): string {
  if (["sum", "average", "distinct_count"].includes(name)) return "number";
  return event.parameters.find((known) => known.name === parameter)?.type ?? "number";
}
