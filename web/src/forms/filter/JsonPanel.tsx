import { Alert, Button, Code, CopyButton, Group, Stack, Text, Textarea } from "@mantine/core";
import IconCheck from "@tabler/icons-react/icons/IconCheck";
import IconCopy from "@tabler/icons-react/icons/IconCopy";
import { useState } from "react";
import type { Definition } from "../../api/types";
import { jsonValue } from "../../filters/complete";
import type { Filter } from "../../filters/model";
import { toDefinition } from "../../filters/write";

interface Props {
  filter: Filter;
  /** Told the definition that the text is; none while it is no JSON object. */
  onChange: (definition: Definition | undefined) => void;
  /** What the service has against the definition, and where. */
  refusal?: { path: string; message: string };
}

/** The definition of the filter, to copy, to change, or to put another one in its place. */
export function JsonPanel({ filter, onChange, refusal }: Props) {
  const [text, setText] = useState(() => JSON.stringify(toDefinition(filter), null, 2));
  const take = (changed: string) => {
    setText(changed);
    onChange(definitionIn(changed));
  };
  const valid = definitionIn(text) !== undefined;
  return (
    <Stack gap="sm">
      <Textarea
        label="Definition"
        description="The same form serves the API, the command line and exports. Change it here, or paste another one."
        autosize
        minRows={12}
        maxRows={28}
        spellCheck={false}
        styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: "0.8125rem" } }}
        value={text}
        onChange={(event) => take(event.currentTarget.value)}
        error={valid ? undefined : "This is not a JSON object yet."}
      />
      {valid && refusal && (
        <Alert color="red" variant="light" title="The service refuses this" role="alert">
          {refusal.path && (
            <Text size="sm" mb={4}>
              At <Code>{refusal.path}</Code>
            </Text>
          )}
          {refusal.message}
        </Alert>
      )}
      {/* Browsers give the clipboard only to pages that came over TLS or from this machine. */}
      {"clipboard" in navigator && (
        <Group>
          <CopyButton value={text}>
            {({ copied, copy }) => (
              <Button variant="default" leftSection={copied ? <IconCheck size={15} /> : <IconCopy size={15} />} onClick={copy}>
                {copied ? "Copied" : "Copy"}
              </Button>
            )}
          </CopyButton>
        </Group>
      )}
    </Stack>
  );
}

/** The object that a text is; whether it is a definition the service says. */
function definitionIn(text: string): Definition | undefined {
  const value = jsonValue(text);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Definition) : undefined;
}
