import { Text } from "@mantine/core";
import { SecretOnce } from "./SecretOnce";
import type { SecretTold } from "./SecretOnce";

export interface ToldSecret extends SecretTold {
  /** Whether it takes the place of another, which stays live for the time being. */
  replaces: boolean;
}

/** The secret of an endpoint, which is shown this once. */
export function EndpointSecret({ told, onClose }: { told: ToldSecret; onClose: () => void }) {
  return (
    <SecretOnce told={told} use="Your receiver needs it to know that messages come from here." onClose={onClose}>
      {told.replaces && (
        <Text size="sm" c="dimmed">
          Messages are signed with the secret before it too, until you ask for the next one.
        </Text>
      )}
    </SecretOnce>
  );
}
