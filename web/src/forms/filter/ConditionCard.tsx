import { CloseButton, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useOtherFault } from "./faults";
import classes from "./filter.module.css";

interface Props {
  id: string;
  icon: ReactNode;
  title: string;
  /** The parts that show their own faults. */
  parts: readonly string[];
  onRemove: () => void;
  children: ReactNode;
}

/** The frame of one condition. */
export function ConditionCard({ id, icon, title, parts, onRemove, children }: Props) {
  const fault = useOtherFault(id, parts);
  return (
    <div className={classes.condition} role="group" aria-label={title} data-condition={id} data-wrong={fault ? true : undefined}>
      <div className={classes.head}>
        {icon}
        {title}
        <CloseButton size="sm" aria-label={`Remove condition: ${title}`} onClick={onRemove} />
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
