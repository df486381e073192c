import { List, Skeleton, Stack, Text } from "@mantine/core";
import IconFileOff from "@tabler/icons-react/icons/IconFileOff";
import { useQuery } from "@tanstack/react-query";
import { profileExportsQuery } from "../api/audit";
import type { HeldBy } from "../api/types";
import { kindName } from "../format/names";
import { plural } from "../format/number";
import { shortId, whoName } from "../format/who";
import { Facts } from "../ui/Facts";
import { Notice } from "../ui/Notice";
import { Panel } from "../ui/Panel";
import { Time } from "../ui/Time";
import { QueryFailure } from "./QueryFailure";
import { TextLink } from "./links";
import { Who } from "./Who";

/** The exports whose files hold a person, and who has them. */
export function ProfileExports({ profileId }: { profileId: string }) {
  const exports = useQuery(profileExportsQuery(profileId));
  if (exports.isError) {
    return (
      <Panel>
        <QueryFailure error={exports.error} retry={exports.refetch} />
      </Panel>
    );
  }
  if (!exports.data) return <Skeleton h={200} radius="lg" />;
  const held = exports.data.exports;
  if (held.length === 0) {
    return (
      <Panel>
        <Notice icon={<IconFileOff size={22} />} title="No file holds this person">
          No complete export has a row of them.
        </Notice>
      </Panel>
    );
  }
  return (
    <Panel p="lg">
      <Text size="sm" c="dimmed" mb="sm" role="status">
        {plural(held.length, "export has", "exports have")} rows of this person, newest first.
      </Text>
      <Facts facts={held.map((one) => ({ id: one.id, label: kindName(one.kind), note: <About held={one} />, value: <Held held={one} /> }))} />
    </Panel>
  );
}

/** A file or a link that went to somebody, and when. */
function Sent({ sent: { file, who, address, at } }: { sent: HeldBy["downloads"][number] }) {
  // Of letters the addresses stand where the file does.
  const letter = file?.includes("@") === true;
  return (
    <span style={{ overflowWrap: "anywhere" }}>
      {letter || file === undefined ? "A link" : file} sent to {letter && whoName(who) !== file ? `${whoName(who)}: ${file}` : whoName(who)}
      {address && ` at ${address}`}, <Time value={at} />
    </span>
  );
}

/** How large an export is, and the end of its id. */
function About({ held: { id, rows } }: { held: HeldBy }) {
  return (
    <>
      {rows !== undefined && `${plural(rows, "row", "rows")} · `}
      <span className="mono" title={id}>
        {shortId(id)}
      </span>
    </>
  );
}

function Held({ held }: { held: HeldBy }) {
  return (
    <Stack gap={2}>
      <Text size="sm">
        Asked for by <Who who={held.who} />, complete <Time value={held.at} />
      </Text>
      <Text size="sm">
        {held.output ? (
          <>
            Written to <span className="mono">{held.output}</span>
          </>
        ) : (
          <TextLink to="/exports" search={{ job: held.id }} size="sm">
            {held.files_here ? "Its files are here" : "Its files are gone from here"}
          </TextLink>
        )}
      </Text>
      {held.downloads.length > 0 && (
        <List size="sm">
          {held.downloads.map((sent, index) => (
            <List.Item key={index}>
              <Sent sent={sent} />
            </List.Item>
          ))}
        </List>
      )}
    </Stack>
  );
}
