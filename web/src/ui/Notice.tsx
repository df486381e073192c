import { Button, Stack, Text, ThemeIcon } from "@mantine/core";
import IconAlertTriangle from "@tabler/icons-react/icons/IconAlertTriangle";
import type { ReactNode } from "react";

interface Props {
  icon: ReactNode;
  title: string;
  children: ReactNode;
  action?: ReactNode;
  color?: string;
  role?: "alert" | "status";
}

/** What stands in the place of content that is not there: nothing yet, or an error. */
export function Notice({ icon, title, children, action, color = "gray", role }: Props) {
  return (
    <Stack align="center" gap="xs" py={64} px="lg" ta="center" role={role}>
      <ThemeIcon size={44} radius="xl" variant="light" color={color} mb={4}>
        {icon}
      </ThemeIcon>
      <Text fw={600}>{title}</Text>
      <Text c="dimmed" size="sm" maw={440}>
        {children}
      </Text>
      {action}
    </Stack>
  );
}

/** An error in a sentence, with a way to try again. */
export function Failure({ message, retry }: { message: string; retry?: () => void }) {
  return (
    <Notice
      role="alert"
      color="red"
      icon={<IconAlertTriangle size={22} />}
      title="This could not be loaded"
      action={
        retry && (
          <Button variant="default" mt="xs" onClick={retry}>
            Try again
          </Button>
        )
      }
    >
      {message}
    </Notice>
  );
}
