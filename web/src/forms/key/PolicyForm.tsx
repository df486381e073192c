import { Alert, Button, Group, Input, NumberInput, Skeleton, Stack, Text } from "@mantine/core";
import IconPlus from "@tabler/icons-react/icons/IconPlus";
import { useQuery } from "@tanstack/react-query";
import { useId, useMemo } from "react";
import { dictionaryQuery } from "../../api/dictionary";
import { sentence } from "../../api/errors";
import { Pick } from "../../ui/Pick";
import { useFault } from "../filter/faults";
import { moved } from "../order";
import { ruleColumns } from "./columns";
import { KEY, newRule } from "./draft";
import type { KeyDraft, RuleDraft } from "./draft";
import classes from "./key.module.css";
import { RuleLine } from "./RuleLine";

const OTHERWISE: readonly { value: KeyDraft["otherwise"]; label: string }[] = [
  { value: "keep", label: "Stay as they are" },
  { value: "drop", label: "Are left out" },
];

interface Props {
  draft: KeyDraft;
  onChange: (change: Partial<KeyDraft>) => void;
}

/** What a key gets to see, column by column. */
export function PolicyForm({ draft: { rules, otherwise, minimumGroup }, onChange }: Props) {
  const id = useId();
  const dictionary = useQuery(dictionaryQuery());
  const columns = useMemo(() => (dictionary.data ? ruleColumns(dictionary.data) : []), [dictionary.data]);
  const faults = { rules: useFault(KEY, "rules", "policy"), otherwise: useFault(KEY, "otherwise"), minimum: useFault(KEY, "minimum_group") };
  if (dictionary.isPending) return <Skeleton h={180} />;
  const change = (changed: RuleDraft) => onChange({ rules: rules.map((known) => (known.id === changed.id ? changed : known)) });
  return (
    <Stack gap="sm">
      <div>
        <Text size="sm" fw={550} id={id}>
          Columns
        </Text>
        <Text size="xs" c="dimmed" mb="xs">
          An attribute or identifier, event.parameter, or *.parameter of every event; the first rule that fits counts. What a rule names cannot be filtered by either.
        </Text>
        {dictionary.isError && (
          <Alert color="yellow" variant="light" mb="xs" role="alert" title="Columns cannot be offered, only typed">
            {sentence(dictionary.error)}
          </Alert>
        )}
        <ol className={classes.rules} aria-labelledby={id}>
          {rules.map((rule, index) => (
            <RuleLine
              key={rule.id}
              number={index + 1}
              of={rules.length}
              columns={columns}
              value={rule}
              onChange={change}
              onMove={(by) => onChange({ rules: moved(rules, index, index + by) })}
              onRemove={() => onChange({ rules: rules.filter((known) => known.id !== rule.id) })}
            />
          ))}
        </ol>
        {faults.rules && <Input.Error mt="xs">{faults.rules}</Input.Error>}
        <Button mt={rules.length > 0 ? "xs" : 0} size="compact-sm" variant="subtle" leftSection={<IconPlus size={14} />} onClick={() => onChange({ rules: [...rules, newRule()] })}>
          Add rule
        </Button>
      </div>
      <Group grow align="flex-start" preventGrowOverflow={false}>
        <Pick label="All other columns" options={OTHERWISE} value={otherwise} onChange={(chosen) => onChange({ otherwise: chosen })} error={faults.otherwise} />
        <NumberInput
          label="Fewest people of an export"
          placeholder="no limit"
          min={1}
          allowDecimal={false}
          thousandSeparator=","
          value={minimumGroup ?? ""}
          onChange={(people) => onChange({ minimumGroup: typeof people === "number" ? people : null })}
          error={faults.minimum}
        />
      </Group>
    </Stack>
  );
}
