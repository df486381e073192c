import { ActionIcon, Button, CloseButton, Group, Text } from "@mantine/core";
import IconArrowDown from "@tabler/icons-react/icons/IconArrowDown";
import IconArrowUp from "@tabler/icons-react/icons/IconArrowUp";
import IconPlus from "@tabler/icons-react/icons/IconPlus";
import { newEvent, newInteraction } from "../../filters/model";
import type { SequenceCondition, Step } from "../../filters/model";
import { Words } from "../../ui/Words";
import { ConditionCard } from "./ConditionCard";
import { DID, EVENT_PARTS, EventFields } from "./EventForm";
import { useFault, useOtherFault } from "./faults";
import classes from "./filter.module.css";
import { INTERACTION_PARTS, InteractionFields } from "./InteractionForm";
import { DurationInput } from "./TimeInputs";

interface Props {
  value: SequenceCondition;
  onChange: (value: SequenceCondition) => void;
}

const PARTS = ["within"];

/** Steps in their order: first this, then that, all within a time or ever. */
export function SequenceForm({ value, onChange }: Props) {
  const { steps, within } = value;
  const error = useFault(value.id, "within");
  const patch = (change: Partial<SequenceCondition>) => onChange({ ...value, ...change });
  const swap = (index: number, by: number) => {
    const moved = [...steps];
    const [step] = moved.splice(index, 1);
    if (step) moved.splice(index + by, 0, step);
    patch({ steps: moved });
  };
  return (
    <ConditionCard condition={value} parts={PARTS}>
      <div className={classes.line} style={{ alignItems: "center" }}>
        <Words
          label="Did or did not do this in order"
          width={96}
          value={value.negated ? "did not" : "did"}
          options={DID}
          onChange={(did) => patch({ negated: did === "did not" })}
        />
        <span className={classes.lead} style={{ padding: 0 }}>
          in this order
        </span>
      </div>
      <ol className={classes.steps}>
        {steps.map((step, index) => (
          <li key={step.id} className={classes.step} data-condition={step.id}>
            <StepHead index={index} count={steps.length} onMove={(by) => swap(index, by)} onRemove={() => patch({ steps: steps.filter(({ id }) => id !== step.id) })} />
            <StepFields value={step} onChange={(changed) => patch({ steps: steps.map((known) => (known.id === changed.id ? changed : known)) })} />
          </li>
        ))}
      </ol>
      <Group gap={4} mt={8}>
        <Button size="compact-sm" variant="subtle" leftSection={<IconPlus size={14} />} onClick={() => patch({ steps: [...steps, newEvent()] })}>
          Step: event
        </Button>
        <Button
          size="compact-sm"
          variant="subtle"
          leftSection={<IconPlus size={14} />}
          onClick={() => patch({ steps: [...steps, newInteraction()] })}
        >
          Step: channel interaction
        </Button>
      </Group>
      <div className={classes.line} style={{ marginBlockStart: 8 }}>
        <Words
          label="How long the sequence may take"
          width={190}
          value={within ? "within" : "ever"}
          options={[
            { value: "ever", label: "however long it took" },
            { value: "within", label: "all within" },
          ]}
          onChange={(chosen) => patch({ within: chosen === "ever" ? null : { amount: 7, unit: "day" } })}
        />
        {within && (
          <>
            <DurationInput
              label="Sequence"
              amount={within.amount}
              unit={within.unit}
              onChange={(amount, unit) => patch({ within: { amount, unit } })}
              error={error}
            />
            <span className={classes.lead}>of the first step</span>
          </>
        )}
      </div>
    </ConditionCard>
  );
}

interface HeadProps {
  index: number;
  count: number;
  onMove: (by: number) => void;
  onRemove: () => void;
}

function StepHead({ index, count, onMove, onRemove }: HeadProps) {
  const number = index + 1;
  return (
    <div className={classes.stepHead}>
      <span className={classes.stepNumber} aria-hidden>
        {number}
      </span>
      {index === 0 ? "first" : "then"}
      <Group gap={2} ms="auto" wrap="nowrap">
        <ActionIcon variant="subtle" color="gray" size="sm" disabled={index === 0} aria-label={`Move step ${number} up`} onClick={() => onMove(-1)}>
          <IconArrowUp size={14} />
        </ActionIcon>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="sm"
          disabled={number === count}
          aria-label={`Move step ${number} down`}
          onClick={() => onMove(1)}
        >
          <IconArrowDown size={14} />
        </ActionIcon>
        <CloseButton size="sm" disabled={count === 1} aria-label={`Remove step ${number}`} onClick={onRemove} />
      </Group>
    </div>
  );
}

function StepFields({ value, onChange }: { value: Step; onChange: (value: Step) => void }) {
  const fault = useOtherFault(value.id, value.kind === "event" ? EVENT_PARTS : INTERACTION_PARTS);
  return (
    <>
      {value.kind === "event" ? <EventFields value={value} onChange={onChange} step /> : <InteractionFields value={value} onChange={onChange} step />}
      {fault && (
        <Text c="var(--mantine-color-error)" size="xs" mt={8} role="alert">
          {fault}
        </Text>
      )}
    </>
  );
}
