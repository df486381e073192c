import type { EveryoneCondition } from "../../filters/model";
import { Words } from "../../ui/Words";
import { ConditionCard } from "./ConditionCard";

interface Props {
  value: EveryoneCondition;
  onChange: (value: EveryoneCondition) => void;
}

const NONE: readonly string[] = [];

/** Everyone, or no one: what a group of nothing means. */
export function EveryoneForm({ value, onChange }: Props) {
  return (
    <ConditionCard condition={value} parts={NONE}>
      <Words
        label="Everyone or no one"
        width={140}
        value={value.negated ? "no one" : "everyone"}
        options={[
          { value: "everyone", label: "everyone" },
          { value: "no one", label: "no one" },
        ]}
        onChange={(whom) => onChange({ ...value, negated: whom === "no one" })}
      />
    </ConditionCard>
  );
}
