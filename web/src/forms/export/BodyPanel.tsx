import { Button, Group, SegmentedControl, Text, Title } from "@mantine/core";
import IconClipboardText from "@tabler/icons-react/icons/IconClipboardText";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { aboutQuery } from "../../api/about";
import type { ExportRequest } from "../../api/types";
import { CodeBlock, CopyText } from "../../ui/CodeBlock";
import { Panel } from "../../ui/Panel";
import { curl } from "./curl";
import type { ExportDraft } from "./draft";
import classes from "./export.module.css";
import { PasteBody } from "./PasteBody";

interface Props {
  body: ExportRequest;
  /** Whether something was left out because it is not whole yet. */
  partial: boolean;
  onFill: (draft: ExportDraft) => void;
}

/** The form as the body of the API, which follows every change; or another body in its place. */
export function BodyPanel({ body, partial, onFill }: Props) {
  const [view, setView] = useState<"json" | "curl">("json");
  const [pasting, setPasting] = useState(false);
  const about = useQuery(aboutQuery());
  const text = view === "json" ? JSON.stringify(body, null, 2) : curl(window.location.origin, body, about.data?.sign_in_required ?? false);
  return (
    <Panel className={classes.aside}>
      <section aria-labelledby="api-body">
        <Group justify="space-between" mb={4}>
          <Title order={2} id="api-body">
            The same over the API
          </Title>
          <SegmentedControl
            size="xs"
            aria-label="How the request is shown"
            data={[
              { value: "json", label: "JSON" },
              { value: "curl", label: "curl" },
            ]}
            value={view}
            onChange={(chosen) => setView(chosen === "curl" ? "curl" : "json")}
          />
        </Group>
        <Text size="xs" c="dimmed" mb="xs">
          {view === "json" ? (
            <>
              The body of <span className="mono">POST /api/v1/exports</span>.
            </>
          ) : about.data?.sign_in_required ? (
            "Set WAYFARE_API_KEY to the service's API key first."
          ) : (
            "Ready for a shell."
          )}
          {partial && " What is not filled in yet is left out."}
        </Text>
        <CodeBlock label={view === "json" ? "API body" : "curl command"} text={text} height="min(560px, 56vh)" />
        <Group mt="sm" gap="xs">
          <CopyText text={text} what={view === "json" ? "API body" : "curl command"} />
          <Button size="compact-sm" variant="default" leftSection={<IconClipboardText size={14} />} aria-haspopup="dialog" onClick={() => setPasting(true)}>
            Paste a body
          </Button>
        </Group>
      </section>
      {pasting && (
        <PasteBody
          onFill={(draft) => {
            setPasting(false);
            onFill(draft);
          }}
          onClose={() => setPasting(false)}
        />
      )}
    </Panel>
  );
}
