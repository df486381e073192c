import { Group, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

interface Props {
  title: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
}

/** The head of a page: its title, a line about it, what can be done. */
export function PageHeader({ title, children, actions }: Props) {
  return (
    <Group justify="space-between" align="flex-start" mb="lg" gap="md">
      <Stack gap={4} style={{ minWidth: 0, overflowWrap: "anywhere" }}>
        <Title order={1}>{title}</Title>
        {children && (
          <Text c="dimmed" size="sm" component="div">
            {children}
          </Text>
        )}
      </Stack>
      <Group gap="sm">
        {actions}
      </Group>
    </Group>
  );
}
