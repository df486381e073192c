import { Button, Code, CopyButton } from "@mantine/core";
import IconCheck from "@tabler/icons-react/icons/IconCheck";
import IconCopy from "@tabler/icons-react/icons/IconCopy";

interface Props {
  /** What it is, for those who do not see it. */
  label: string;
  text: string;
  height?: number | string;
}

/** Text to read and to take away; a long one scrolls, and the keyboard needs to reach it to scroll. */
export function CodeBlock({ label, text, height = 320 }: Props) {
  return (
    <Code block tabIndex={0} role="region" aria-label={label} mah={height} style={{ overflow: "auto" }}>
      {text}
    </Code>
  );
}

/** Copies a text; not there where the browser keeps the clipboard from the page, as it does without TLS. */
export function CopyText({ text, what }: { text: string; what: string }) {
  if (!("clipboard" in navigator)) return null;
  return (
    <CopyButton value={text} timeout={1600}>
      {({ copied, copy }) => (
        <Button
          size="compact-sm"
          variant="default"
          leftSection={copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
          aria-label={copied ? `Copied ${what}` : `Copy ${what}`}
          onClick={copy}
        >
          {copied ? "Copied" : "Copy"}
        </Button>
      )}
    </CopyButton>
  );
}
