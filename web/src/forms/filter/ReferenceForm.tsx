import { useQuery } from "@tanstack/react-query";
import { sentence } from "../../api/errors";
import { listsQuery } from "../../api/lists";
import { savedSegmentsQuery } from "../../api/savedSegments";
import { useSavedNames } from "../../components/useSavedNames";
import type { ListCondition, SegmentCondition } from "../../filters/model";
import { Choice } from "../../ui/Choice";
import type { Option } from "../../ui/Option";
import { Words } from "../../ui/Words";
import { ConditionCard } from "./ConditionCard";
import { useFault } from "./faults";
import classes from "./filter.module.css";

interface SegmentProps {
  value: SegmentCondition;
  onChange: (value: SegmentCondition) => void;
}

const SEGMENT_PARTS = ["segment"];
const LIST_PARTS = ["list"];

/** Whether people are in a saved segment. */
export function SegmentForm({ value, onChange }: SegmentProps) {
  const saved = useQuery(savedSegmentsQuery());
  const named = useSavedNames();
  const options = saved.data?.segments.map(({ id, name, words }) => ({ value: id, label: name, meaning: named(words) }));
  return (
    <ConditionCard condition={value} parts={SEGMENT_PARTS}>
      <Line
        label="Saved segment"
        placeholder={options?.length === 0 ? "No segment is saved yet" : "Choose a segment"}
        options={options}
        failure={saved.error}
        chosen={value.segment}
        negated={value.negated}
        onChoose={(segment) => onChange({ ...value, segment })}
        onNegate={(negated) => onChange({ ...value, negated })}
        error={useFault(value.id, "segment")}
      />
    </ConditionCard>
  );
}

interface ListProps {
  value: ListCondition;
  onChange: (value: ListCondition) => void;
}

/** Whether people are on a list. */
export function ListForm({ value, onChange }: ListProps) {
  const lists = useQuery(listsQuery());
  const options = lists.data?.lists.map(({ id, name, made_from, size }) => ({ value: id, label: name, meaning: made_from, count: size }));
  return (
    <ConditionCard condition={value} parts={LIST_PARTS}>
      <Line
        label="List"
        placeholder={options?.length === 0 ? "There is no list yet" : "Choose a list"}
        options={options}
        failure={lists.error}
        chosen={value.list}
        negated={value.negated}
        onChoose={(list) => onChange({ ...value, list })}
        onNegate={(negated) => onChange({ ...value, negated })}
        error={useFault(value.id, "list")}
      />
    </ConditionCard>
  );
}

const IN = [
  { value: "are", label: "are in" },
  { value: "are not", label: "are not in" },
] as const;

interface LineProps {
  label: string;
  placeholder: string;
  /** Undefined while they are being read. */
  options: Option[] | undefined;
  failure: Error | null;
  chosen: string | null;
  negated: boolean;
  onChoose: (id: string | null) => void;
  onNegate: (negated: boolean) => void;
  error: string | undefined;
}

function Line({ label, placeholder, options = [], failure, chosen, negated, onChoose, onNegate, error }: LineProps) {
  return (
    <div className={classes.line}>
      <Words
        label="Are or are not in"
        width={116}
        value={negated ? "are not" : "are"}
        options={IN}
        onChange={(is) => onNegate(is === "are not")}
      />
      <div className={classes.entry}>
        <Choice
          label={label}
          placeholder={placeholder}
          options={options}
          value={chosen}
          onChange={onChoose}
          error={error ?? (failure ? sentence(failure) : undefined)}
        />
      </div>
    </div>
  );
}
