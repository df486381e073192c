import { Text, Title } from "@mantine/core";
import { useId } from "react";
import type { ReactNode } from "react";
import { Panel } from "../../ui/Panel";
import classes from "./export.module.css";

interface Props {
  title: string;
  note?: ReactNode;
  children: ReactNode;
}

/** One question that the form asks. */
export function Section({ title, note, children }: Props) {
  const id = useId();
  return (
    <Panel className={classes.section}>
      <section aria-labelledby={id}>
        <Title order={2} id={id} mb={note ? 2 : "sm"}>
          {title}
        </Title>
        {note && (
          <Text size="sm" c="dimmed" mb="sm" component="div">
            {note}
          </Text>
        )}
        {children}
      </section>
    </Panel>
  );
}
