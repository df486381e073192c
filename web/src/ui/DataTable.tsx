import { Skeleton, UnstyledButton } from "@mantine/core";
import IconArrowDown from "@tabler/icons-react/icons/IconArrowDown";
import IconArrowUp from "@tabler/icons-react/icons/IconArrowUp";
import IconArrowsSort from "@tabler/icons-react/icons/IconArrowsSort";
import { createColumnHelper, createSortedRowModel, rowSortingFeature, tableFeatures, useTable } from "@tanstack/react-table";
import type { ColumnDef, Row, SortingState } from "@tanstack/react-table";
import classes from "./DataTable.module.css";

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() });

/** Columns of rows of type `T`. `meta.end` sets figures flush right. */
export type Columns<T extends object> = ColumnDef<typeof features, T>[];

/** What makes columns of rows of type `T`. */
export const columnsOf = <T extends object>() => createColumnHelper<typeof features, T>();

interface Props<T extends object> {
  label: string;
  columns: Columns<T>;
  rows: T[];
  rowId: (row: T) => string;
  loading?: boolean;
  /** The rows are of the request before; the next ones are on their way. */
  stale?: boolean;
  /** Given together when the columns can be sorted. */
  sorting?: SortingState;
  onSorting?: (sorting: SortingState) => void;
  /** On a phone each row is a card: its first cell, and below it the others beside the names of their columns. */
  stack?: boolean;
}

const NONE: SortingState = [];

/** A table that is laid out as something else has to say itself what its parts are. */
const STACKED = { table: { role: "table" }, group: { role: "rowgroup" }, row: { role: "row" }, header: { role: "columnheader" }, cell: { role: "cell" } };
const PLAIN: Partial<typeof STACKED> = {};

/** A table: semantic markup, sortable headers, skeleton rows while loading. */
export function DataTable<T extends object>(props: Props<T>) {
  const { label, columns, rows, rowId, loading, stale, stack = false, sorting = NONE, onSorting } = props;
  const table = useTable({
    features,
    columns,
    data: rows,
    getRowId: rowId,
    state: { sorting },
    enableSorting: onSorting !== undefined,
    onSortingChange: (change) => onSorting?.(typeof change === "function" ? change(sorting) : change),
  });
  const roles = stack ? STACKED : PLAIN;
  const headers = table.getHeaderGroups()[0]?.headers ?? [];
  return (
    // A wide table scrolls inside its panel; the keyboard needs to reach it to scroll.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={classes.scroll} tabIndex={0} role="region" aria-label={label}>
      <table className={`${classes.table} ${stack ? (classes.stack ?? "") : ""}`} aria-busy={loading ?? stale ?? false} {...roles.table}>
        <thead {...roles.group}>
          <tr {...roles.row}>
            {headers.map((header) => {
              const sorted = header.column.getIsSorted();
              return (
                <th
                  key={header.id}
                  scope="col"
                  {...roles.header}
                  className={isEnd(header.column.columnDef.meta) ? classes.end : undefined}
                  aria-sort={sorted ? (sorted === "asc" ? "ascending" : "descending") : undefined}
                >
                  {header.column.getCanSort() ? (
                    <UnstyledButton className={classes.sort} onClick={header.column.getToggleSortingHandler()}>
                      <table.FlexRender header={header} />
                      {sorted === "asc" ? (
                        <IconArrowUp size={13} aria-hidden />
                      ) : sorted === "desc" ? (
                        <IconArrowDown size={13} aria-hidden />
                      ) : (
                        <IconArrowsSort size={13} aria-hidden opacity={0.45} />
                      )}
                    </UnstyledButton>
                  ) : (
                    <table.FlexRender header={header} />
                  )}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody className={stale ? classes.stale : undefined} {...roles.group}>
          {loading
            ? Array.from({ length: 8 }, (_, index) => (
                <tr key={index} {...roles.row}>
                  {headers.map((header, column) => (
                    <td key={header.id} {...roles.cell}>
                      <Skeleton height={12} my={4} width={column === 0 ? 180 : 60 + ((index * 37 + column * 53) % 60)} />
                    </td>
                  ))}
                </tr>
              ))
            : table.getRowModel().rows.map((row: Row<typeof features, T>) => (
                <tr key={row.id} {...roles.row}>
                  {row.getAllCells().map((cell, index) => (
                    <td
                      key={cell.id}
                      className={isEnd(cell.column.columnDef.meta) ? `${classes.end ?? ""} figures` : undefined}
                      data-label={stack && index > 0 ? nameOf(cell.column) : undefined}
                      {...roles.cell}
                    >
                      {stack ? (
                        <div>
                          <table.FlexRender cell={cell} />
                        </div>
                      ) : (
                        <table.FlexRender cell={cell} />
                      )}
                    </td>
                  ))}
                </tr>
              ))}
        </tbody>
      </table>
    </div>
  );
}

/** What stands before a cell of a card; buttons speak for themselves. */
const nameOf = ({ id, columnDef: { header } }: { id: string; columnDef: { header?: unknown } }): string | undefined =>
  id !== "actions" && typeof header === "string" ? header : undefined;

const isEnd = (meta: unknown): boolean => typeof meta === "object" && meta !== null && "end" in meta;
