import { FileInput, Group, NativeSelect, Stack, Switch, Text } from "@mantine/core";
import IconFileTypeCsv from "@tabler/icons-react/icons/IconFileTypeCsv";
import { useState } from "react";
import { hasHeader, likelyIds, readCsv } from "../format/csv";
import { plural } from "../format/number";

interface Props {
  /** Told the user ids, or that there are none yet. */
  onIds: (ids: string[] | undefined) => void;
  error?: string;
}

interface Read {
  rows: string[][];
  header: boolean;
  column: number;
}

/** User ids from a CSV file, which is read here and goes nowhere else. */
export function UserIdsFile({ onIds, error }: Props) {
  const [file, setFile] = useState<File | null>(null);
  const [read, setRead] = useState<Read>();
  const [failed, setFailed] = useState<string>();

  const take = (next: Read | undefined) => {
    setRead(next);
    const { ids } = idsOf(next);
    onIds(ids.length === 0 ? undefined : ids);
  };
  const choose = async (chosen: File | null) => {
    setFile(chosen);
    setFailed(undefined);
    take(undefined);
    if (!chosen) return;
    try {
      const rows = readCsv(new TextDecoder("utf-8", { fatal: true }).decode(await chosen.arrayBuffer()));
      const header = hasHeader(rows);
      take({ rows, header, column: header ? likelyIds(rows[0] ?? []) : 0 });
      if (rows.length === 0) setFailed("The file is empty.");
    } catch {
      setFailed("This is not a text file in UTF-8. Save it as CSV in UTF-8 and choose it again.");
    }
  };
  const columns = Math.max(0, ...(read?.rows.slice(0, 50).map((row) => row.length) ?? []));
  return (
    <Stack gap="sm">
      <FileInput
        label="CSV file"
        description="One user id a row; other columns are left alone."
        placeholder="Choose a file"
        leftSection={<IconFileTypeCsv size={16} />}
        accept=".csv,.txt,.tsv,text/csv,text/plain"
        clearable
        clearButtonProps={{ "aria-label": "Take the file away" }}
        value={file}
        onChange={(chosen) => void choose(chosen)}
        error={failed ?? error}
      />
      {read && read.rows.length > 0 && (
        <>
          <Group gap="lg" align="flex-end">
            {columns > 1 && (
              <NativeSelect
                label="Column with user ids"
                w={240}
                value={String(read.column)}
                data={Array.from({ length: columns }, (_, index) => ({
                  value: String(index),
                  label: (read.header && read.rows[0]?.[index]?.trim()) || `Column ${index + 1}`,
                }))}
                onChange={(event) => take({ ...read, column: Number(event.currentTarget.value) })}
              />
            )}
            <Switch
              label="The first row names the columns"
              checked={read.header}
              onChange={(event) => take({ ...read, header: event.currentTarget.checked })}
              mb={columns > 1 ? 8 : 0}
            />
          </Group>
          <Found read={read} />
        </>
      )}
    </Stack>
  );
}

function Found({ read }: { read: Read }) {
  const { ids, empty, repeated } = idsOf(read);
  const left = [
    empty > 0 && `${plural(empty, "row has", "rows have")} none`,
    repeated > 0 && `${plural(repeated, "repeats", "repeat")} another`,
  ].filter(Boolean);
  return (
    <Text size="sm" role="status">
      {plural(ids.length, "user id", "user ids")}
      {ids.length > 0 && (
        <Text span c="dimmed" style={{ overflowWrap: "anywhere" }}>
          {" "}
          such as {ids.slice(0, 3).join(", ")}
        </Text>
      )}
      {left.length > 0 && (
        <Text span c="dimmed">
          {" · "}
          {left.join(", ")}
        </Text>
      )}
    </Text>
  );
}

/** The different user ids of the chosen column. A file's spaces around them are not theirs. */
function idsOf(read: Read | undefined): { ids: string[]; empty: number; repeated: number } {
  const cells = (read?.rows.slice(read.header ? 1 : 0) ?? []).map((row) => row[read?.column ?? 0]?.trim() ?? "");
  const given = cells.filter((cell) => cell !== "");
  const ids = [...new Set(given)];
  return { ids, empty: cells.length - given.length, repeated: given.length - ids.length };
}
