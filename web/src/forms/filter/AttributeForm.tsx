import IconUser from "@tabler/icons-react/icons/IconUser";
import type { Dictionary } from "../../api/types";
import { newComparison } from "../../filters/model";
import type { AttributeCondition } from "../../filters/model";
import { operatorsFor } from "../../filters/operators";
import { attributeName } from "../../format/names";
import { Choice } from "../../ui/Choice";
import { ComparisonInput } from "./ComparisonInput";
import { ConditionCard } from "./ConditionCard";
import { useFault } from "./faults";
import classes from "./filter.module.css";

interface Props {
  dictionary: Dictionary;
  value: AttributeCondition;
  onChange: (value: AttributeCondition) => void;
  onRemove: () => void;
}

const PARTS = ["attribute", "value", "operator"];

/** A condition on an attribute or identifier. */
export function AttributeForm({ dictionary, value, onChange, onRemove }: Props) {
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
    <ConditionCard id={value.id} icon={<IconUser size={14} />} title="Attribute" parts={PARTS} onRemove={onRemove}>
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
