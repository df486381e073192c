import { CloseButton, Text } from "@mantine/core";
import type { ReactNode } from "react";
import type { Condition } from "../../filters/model";
import { DragHandle } from "./DragHandle";
import { useEditing } from "./editing";
import { useOtherFault } from "./faults";
import classes from "./filter.module.css";
import { headOf } from "./kinds";
import { PartCount } from "./PartCount";

interface Props {
  condition: Condition;
  /** The parts that show their own faults. */
  parts: readonly string[];
  children: ReactNode;
}

/** The frame of one condition: moved by its handle, counted alone, taken away. */
export function ConditionCard({ condition, parts, children }: Props) {
  const { remove } = useEditing();
  const { id } = condition;
  const { icon: Icon, title } = headOf(condition.kind);
  const fault = useOtherFault(id, parts);
  return (
    <div className={classes.condition} role="group" aria-label={title} data-condition={id} data-wrong={fault ? true : undefined}>
      <div className={classes.head}>
        <DragHandle id={id} title={`Move condition: ${title}`} />
        <Icon size={14} aria-hidden />
        {title}
        <PartCount id={id} />
        <CloseButton size="sm" aria-label={`Remove condition: ${title}`} onClick={() => remove(id)} />
      </div>
      {children}
      {fault && (
        <Text c="var(--mantine-color-error)" size="xs" mt={8} role="alert">
          {fault}
        </Text>
      )}
    </div>
  );
}
