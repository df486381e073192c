import { Stack, Text, ThemeIcon, Title, UnstyledButton } from "@mantine/core";
import classes from "./filter.module.css";
import { FAMILIES, KINDS } from "./kinds";
import type { Kind } from "./kinds";

/** What stands in the drawer before the first condition: the kinds there are, and what each asks. */
export function PickCondition({ onAdd }: { onAdd: (kind: Kind) => void }) {
  return (
    <Stack gap="lg">
      {FAMILIES.map((family, index) => (
        <Stack gap="xs" key={family.title}>
          <Title order={3} size="0.8125rem" c="dimmed" fw={600}>
            {family.title}
          </Title>
          {family.kinds.map((kind, at) => (
            <Pick key={kind} kind={kind} onClick={() => onAdd(kind)} first={index === 0 && at === 0} />
          ))}
        </Stack>
      ))}
    </Stack>
  );
}

interface PickProps {
  kind: Kind;
  onClick: () => void;
  /** Whether the drawer opens with the focus here. */
  first: boolean;
}

function Pick({ kind, onClick, first }: PickProps) {
  const { icon: Icon, offered, asks } = KINDS[kind];
  return (
    <UnstyledButton className={classes.pick} onClick={onClick} data-autofocus={first || undefined}>
      <ThemeIcon variant="light" size={36} radius="md">
        <Icon size={18} />
      </ThemeIcon>
      <div>
        <Text fw={600} size="sm">
          {offered}
        </Text>
        <Text size="sm" c="dimmed">
          {asks}
        </Text>
      </div>
    </UnstyledButton>
  );
}
