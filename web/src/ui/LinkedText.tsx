import { Anchor, Text } from "@mantine/core";

const ADDRESS = /(https?:\/\/[^\s<>"]+)/;

/** Plain text whose web addresses are links. */
export function LinkedText({ text }: { text: string }) {
  return (
    <Text size="sm" p="lg" component="div" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
      {text.split(ADDRESS).map((part, index) =>
        index % 2 === 1 ? (
          <Anchor key={index} href={part} target="_blank" rel="noreferrer" size="sm">
            {part}
          </Anchor>
        ) : (
          part
        ),
      )}
    </Text>
  );
}
