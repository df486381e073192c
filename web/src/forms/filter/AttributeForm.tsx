import { newComparison } from "../../filters/model";
import type { AttributeCondition } from "../../filters/model";
import { operatorsFor } from "../../filters/operators";
import { attributeName } from "../../format/names";
import { Choice } from "../../ui/Choice";
import { ComparisonInput } from "./ComparisonInput";
import { ConditionCard } from "./ConditionCard";
import { useEditing } from "./editing";
import { useFault } from "./faults";
import classes from "./filter.module.css";

interface Props {
  value: AttributeCondition;
  onChange: (value: AttributeCondition) => void;
}

const PARTS = ["attribute", "value", "operator"];

/** A condition on an attribute or identifier. */
export function AttributeForm({ value, onChange }: Props) {
  const { dictionary } = useEditing();
  const error = useFault(value.id, "attribute");
  const typeOf = (name: string) => dictionary.attributes.find((field) => field.name === name)?.type ?? "string";
  const options = [
    ...dictionary.attributes.map((field) => ({ value: field.name, label: field.name, meaning: field.type, count: field.values })),
    ...dictionary.identifiers.map((name) => ({ value: name, label: attributeName(name), meaning: "identifier" })),
  ];
  const choose = (attribute: string | null) => {
    const operator = attribute ? operatorsFor(typeOf(attribute))[0]?.name : undefined;
    onChange({ ...value, attribute, comparison: newComparison(operator) });
  };
  return (
    <ConditionCard condition={value} parts={PARTS}>
      <div className={classes.line}>
        <Choice
          label="Attribute"
          placeholder="Choose an attribute"
          width={190}
          options={options}
          value={value.attribute}
          onChange={choose}
          error={error}
        />
        {value.attribute && (
          <ComparisonInput
            key={value.attribute}
            id={value.id}
            subject={attributeName(value.attribute)}
            type={typeOf(value.attribute)}
            source={{ attribute: value.attribute }}
            value={value.comparison}
            onChange={(comparison) => onChange({ ...value, comparison })}
          />
        )}
      </div>
    </ConditionCard>
  );
}
