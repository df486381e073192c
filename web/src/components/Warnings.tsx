import { Alert, List } from "@mantine/core";
import IconAlertTriangle from "@tabler/icons-react/icons/IconAlertTriangle";

/** What the reader of an export should know, before or after it ran. */
export function Warnings({ warnings }: { warnings: string[] }) {
  const [first, second] = warnings;
  if (first === undefined) return null;
  return (
    <Alert color="yellow" variant="light" icon={<IconAlertTriangle size={18} />} title={second === undefined ? undefined : "Before you use it"} py="sm">
      {second === undefined ? (
        first
      ) : (
        <List size="sm" spacing={4}>
          {warnings.map((warning) => (
            <List.Item key={warning}>{warning}</List.Item>
          ))}
        </List>
      )}
    </Alert>
  );
}
