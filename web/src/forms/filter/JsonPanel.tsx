import { Alert, Button, Code, CopyButton, Group, Stack, Text, Textarea } from "@mantine/core";
import IconCheck from "@tabler/icons-react/icons/IconCheck";
import IconCopy from "@tabler/icons-react/icons/IconCopy";
import { useState } from "react";
import { refusedPath, sentence } from "../../api/errors";
import type { Definition } from "../../api/types";
import { useSegmentCount } from "../../components/useSegmentCount";
import { jsonValue } from "../../filters/complete";
import type { Filter } from "../../filters/model";
import { fromDefinition } from "../../filters/read";
import { toDefinition } from "../../filters/write";
import { plural } from "../../format/number";

interface Props {
  filter: Filter;
  asOf: string | undefined;
  onUse: (filter: Filter) => void;
}

/** The definition of the filter, to copy; another one, to paste. The service checks it before it is used. */
export function JsonPanel({ filter, asOf, onUse }: Props) {
  const current = JSON.stringify(toDefinition(filter), null, 2);
  const [text, setText] = useState(current);
  const value = jsonValue(text);
  const object = typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Definition) : undefined;
  const checked = useSegmentCount(object ?? (toDefinition(filter) as Definition), asOf);
  const path = object && !checked.pending ? refusedPath(checked.error) : undefined;
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
        onChange={(event) => setText(event.currentTarget.value)}
        error={object ? undefined : "This is not a JSON object yet."}
      />
      {path !== undefined && (
        <Alert color="red" variant="light" title="The service refuses this definition" role="alert">
          {path && (
            <Text size="sm" mb={4}>
              At <Code>{path}</Code>
            </Text>
          )}
          {sentence(checked.error)}
        </Alert>
      )}
      <Group gap="sm">
        <Button disabled={!object || checked.pending || checked.isError} onClick={() => onUse(fromDefinition(object))}>
          Use this definition
        </Button>
        {/* Browsers give the clipboard only to pages that came over TLS or from this machine. */}
        {"clipboard" in navigator && (
          <CopyButton value={text}>
            {({ copied, copy }) => (
              <Button variant="default" leftSection={copied ? <IconCheck size={15} /> : <IconCopy size={15} />} onClick={copy}>
                {copied ? "Copied" : "Copy"}
              </Button>
            )}
          </CopyButton>
        )}
        <Text size="sm" c="dimmed" className="figures">
          {object && !checked.pending && checked.data && !checked.isError && plural(checked.data.count, "person", "people")}
        </Text>
      </Group>
    </Stack>
  );
}
