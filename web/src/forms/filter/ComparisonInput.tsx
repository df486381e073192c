import { ActionIcon, Group, Text, Tooltip } from "@mantine/core";
import IconLetterCase from "@tabler/icons-react/icons/IconLetterCase";
import type { ValueSource } from "../../api/dictionary";
import { ValuesInput } from "../../components/ValuesInput";
import { newComparison } from "../../filters/model";
import type { Comparison } from "../../filters/model";
import { entryType, operatorNamed, operatorsFor, takesCase } from "../../filters/operators";
import { Words } from "../../ui/Words";
import { useFault } from "./faults";
import classes from "./filter.module.css";
import { OneInput } from "./OneInput";
import { DurationInput } from "./TimeInputs";

interface Props {
  id: string;
  /** What is compared, for those who hear the labels. */
  subject: string;
  type: string;
  source: ValueSource;
  value: Comparison;
  onChange: (value: Comparison) => void;
}

/** An operator in words, then whatever it compares with. */
export function ComparisonInput({ id, subject, type, source, value, onChange }: Props) {
  const error = useFault(id, "value", "operator");
  const known = operatorNamed(value.operator);
  const offered = operatorsFor(type);
  const operators = known && !offered.includes(known) ? [...offered, known] : offered;
  const patch = (change: Partial<Comparison>) => onChange({ ...value, ...change });
  const choices = [
    ...operators.map((operator) => ({ value: operator.name, label: operator.is })),
    ...operators.map((operator) => ({ value: `not:${operator.name}`, label: operator.isNot })),
  ];
  const choose = (chosen: string) => {
    const operator = chosen.replace(/^not:/, "");
    const sameEntry = operatorNamed(operator)?.entry === known?.entry;
    onChange({ ...(sameEntry ? value : newComparison()), operator, negated: chosen.startsWith("not:") });
  };
  return (
    <>
      <Words
        label={`${subject}: comparison`}
        width={150}
        value={value.negated ? `not:${value.operator}` : value.operator}
        options={choices}
        onChange={choose}
      />
      <div className={classes.entry}>
        <Entry subject={subject} type={type} source={source} value={value} patch={patch} error={error} />
      </div>
      {(value.caseInsensitive || takesCase(value.operator, type)) && (
        <Tooltip label={value.caseInsensitive ? "Upper and lower case are alike" : "Upper and lower case differ"}>
          <ActionIcon
            variant={value.caseInsensitive ? "light" : "subtle"}
            color={value.caseInsensitive ? "sea" : "gray"}
            size={36}
            aria-label={`${subject}: ignore upper and lower case`}
            aria-pressed={value.caseInsensitive}
            onClick={() => patch({ caseInsensitive: !value.caseInsensitive })}
          >
            <IconLetterCase size={18} />
          </ActionIcon>
        </Tooltip>
      )}
    </>
  );
}

interface EntryProps extends Pick<Props, "subject" | "type" | "source" | "value"> {
  patch: (change: Partial<Comparison>) => void;
  error?: string;
}

function Entry({ subject, type, source, value, patch, error }: EntryProps) {
  const entry = operatorNamed(value.operator)?.entry;
  switch (entry) {
    case "values":
      return entryType(type) === "boolean" ? (
        <Words
          label={`${subject}: value`}
          value={value.values.length === 0 ? "" : value.values[0] === true ? "true" : "false"}
          options={[
            { value: "", label: "Choose" },
            { value: "true", label: "true" },
            { value: "false", label: "false" },
          ]}
          onChange={(text) => patch({ values: text === "" ? [] : [text === "true"] })}
          error={error}
        />
      ) : (
        <ValuesInput
          label={`${subject}: value`}
          source={source}
          type={type}
          values={value.values}
          onChange={(values) => patch({ values })}
          error={error}
        />
      );
    case "value":
      return (
        <OneInput
          label={`${subject}: value`}
          type={type}
          value={value.values[0] ?? null}
          onChange={(one) => patch({ values: one === null ? [] : [one] })}
          error={error}
        />
      );
    case "bounds":
      return (
        <Group gap={8} wrap="nowrap" align="flex-start">
          <OneInput label={`${subject}: from`} type={type} value={value.from} onChange={(from) => patch({ from })} error={error} />
          <Text size="sm" c="dimmed" pt={8}>
            and
          </Text>
          <OneInput label={`${subject}: to`} type={type} value={value.to} onChange={(to) => patch({ to })} error={error && " "} />
        </Group>
      );
    case "duration":
      return (
        <DurationInput
          label={subject}
          amount={value.amount}
          unit={value.unit}
          days={entryType(type) === "date"}
          onChange={(amount, unit) => patch({ amount, unit })}
          error={error}
        />
      );
    default:
      return null;
  }
}
