import { Stack, Text, ThemeIcon, Title, UnstyledButton } from "@mantine/core";
import IconBolt from "@tabler/icons-react/icons/IconBolt";
import IconMessage2 from "@tabler/icons-react/icons/IconMessage2";
import IconUser from "@tabler/icons-react/icons/IconUser";
import type { ReactNode } from "react";
import type { Condition } from "../../filters/model";
import classes from "./filter.module.css";

/** What stands in the drawer before the first condition: the kinds there are, and what each asks. */
export function PickCondition({ onAdd }: { onAdd: (kind: Condition["kind"]) => void }) {
  return (
    <Stack gap="lg">
      <Family title="Standard segments">
        <Pick icon={<IconUser size={18} />} title="Attributes" onClick={() => onAdd("attribute")} first>
          Who people are: country, age, when they joined, an identifier.
        </Pick>
        <Pick icon={<IconBolt size={18} />} title="Events" onClick={() => onAdd("event")}>
          What people did or did not do: how often, when, with which journey, reason or amount.
        </Pick>
      </Family>
      <Family title="Predefined segments">
        <Pick icon={<IconMessage2 size={18} />} title="Channel Interactions" onClick={() => onAdd("interaction")}>
          Who was sent, saw or clicked a journey’s e-mail, push, SMS or other message.
        </Pick>
      </Family>
    </Stack>
  );
}

function Family({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Stack gap="xs">
      <Title order={3} size="0.8125rem" c="dimmed" fw={600}>
        {title}
      </Title>
      {children}
    </Stack>
  );
}

interface PickProps {
  icon: ReactNode;
  title: string;
  children: string;
  onClick: () => void;
  /** Whether the drawer opens with the focus here. */
  first?: boolean;
}

function Pick({ icon, title, children, onClick, first }: PickProps) {
  return (
    <UnstyledButton className={classes.pick} onClick={onClick} data-autofocus={first ?? undefined}>
      <ThemeIcon variant="light" size={36} radius="md">
        {icon}
      </ThemeIcon>
      <div>
        <Text fw={600} size="sm">
          {title}
        </Text>
        <Text size="sm" c="dimmed">
          {children}
        </Text>
      </div>
    </UnstyledButton>
  );
}
