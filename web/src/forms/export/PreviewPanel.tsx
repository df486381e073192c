import { Box, Skeleton, Text, Title } from "@mantine/core";
import IconTableOff from "@tabler/icons-react/icons/IconTableOff";
import type { Ref } from "react";
import { useMemo } from "react";
import type { ExportPreview } from "../../api/types";
import { QueryFailure } from "../../components/QueryFailure";
import { Warnings } from "../../components/Warnings";
import { count, plural } from "../../format/number";
import { columnsOf, DataTable } from "../../ui/DataTable";
import { Notice } from "../../ui/Notice";
import { Panel } from "../../ui/Panel";
import classes from "./export.module.css";

interface Props {
  data: ExportPreview | undefined;
  error: unknown;
  retry: () => unknown;
  /** Whether the form was changed after it. */
  stale: boolean;
  ref: Ref<HTMLDivElement>;
}

interface Row {
  index: number;
  cells: unknown[];
}

/** What the export would be: how many rows exactly, what to know about it, its first rows. */
export function PreviewPanel({ data, error, retry, stale, ref }: Props) {
  return (
    <Panel mt="md">
      <section aria-labelledby="preview" ref={ref} tabIndex={-1} style={{ outline: "none", scrollMarginBlockStart: 16 }}>
        <div style={{ padding: "16px 16px 12px" }}>
          <Title order={2} id="preview">
            Preview
          </Title>
          {data && (
            <Text size="sm" c="dimmed">
              {stale && "Of the form before it was changed: "}
              <Text span fw={650} c="var(--mantine-color-text)" className="figures">
                {plural(data.rows, "row", "rows")}
              </Text>{" "}
              of {plural(data.columns.length, "column", "columns")}, up to position {count(data.position)}
              {data.rows > data.sample.length && data.sample.length > 0 && `; the first ${data.sample.length} are below`}.
            </Text>
          )}
          {data && data.warnings.length > 0 && (
            <Box mt="sm">
              <Warnings warnings={data.warnings} />
            </Box>
          )}
        </div>
        {error ? (
          <QueryFailure error={error} retry={retry} />
        ) : !data ? (
          <div style={{ padding: "0 16px 16px" }}>
            <Skeleton h={180} />
          </div>
        ) : data.sample.length === 0 ? (
          <Notice icon={<IconTableOff size={22} />} title="No rows">
            Nothing matches. The export would be complete, with a header and no rows.
          </Notice>
        ) : (
          <Sample preview={data} stale={stale} />
        )}
      </section>
    </Panel>
  );
}

function Sample({ preview, stale }: { preview: ExportPreview; stale: boolean }) {
  const columns = useMemo(() => {
    const column = columnsOf<Row>();
    return column.columns(
      preview.columns.map(({ name, type }, at) =>
        column.display({
          id: `${at}:${name}`,
          header: () => (
            <>
              {name}
              <Text span size="xs" c="dimmed" fw={400} ml={6}>
                {type}
              </Text>
            </>
          ),
          meta: /^(integer|number)$/.test(type) ? { end: true } : undefined,
          cell: ({ row }) => <Cell value={row.original.cells[at]} />,
        }),
      ),
    );
  }, [preview]);
  const rows = useMemo(() => preview.sample.map((cells, index) => ({ index, cells })), [preview]);
  return <DataTable label="First rows" columns={columns} rows={rows} rowId={(row) => String(row.index)} stale={stale} />;
}

/** A value as it would be written; what is not there is told from what is empty. */
function Cell({ value }: { value: unknown }) {
  if (value === null || value === undefined || value === "") {
    return (
      <span className={`${classes.cell ?? ""} ${classes.nothing ?? ""}`}>{value === "" ? "empty" : "null"}</span>
    );
  }
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return (
    <span className={`${classes.cell ?? ""} mono`} title={text.length > 40 ? text : undefined}>
      {text}
    </span>
  );
}
