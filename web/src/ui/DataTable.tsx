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
}

const NONE: SortingState = [];

/** A table: semantic markup, sortable headers, skeleton rows while loading. */
export function DataTable<T extends object>(props: Props<T>) {
  const { label, columns, rows, rowId, loading, stale, sorting = NONE, onSorting } = props;
  const table = useTable({
    features,
    columns,
    data: rows,
    getRowId: rowId,
    state: { sorting },
    enableSorting: onSorting !== undefined,
    onSortingChange: (change) => onSorting?.(typeof change === "function" ? change(sorting) : change),
  });
  const headers = table.getHeaderGroups()[0]?.headers ?? [];
  return (
    // A wide table scrolls inside its panel; the keyboard needs to reach it to scroll.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={classes.scroll} tabIndex={0} role="region" aria-label={label}>
      <table className={classes.table} aria-busy={loading ?? stale ?? false}>
        <thead>
          <tr>
            {headers.map((header) => {
              const sorted = header.column.getIsSorted();
              return (
                <th
                  key={header.id}
                  scope="col"
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
        <tbody className={stale ? classes.stale : undefined}>
          {loading
            ? Array.from({ length: 8 }, (_, index) => (
                <tr key={index}>
                  {headers.map((header, column) => (
                    <td key={header.id}>
                      <Skeleton height={12} my={4} width={column === 0 ? 180 : 60 + ((index * 37 + column * 53) % 60)} />
                    </td>
                  ))}
                </tr>
              ))
            : table.getRowModel().rows.map((row: Row<typeof features, T>) => (
                <tr key={row.id}>
                  {row.getAllCells().map((cell) => (
                    <td key={cell.id} className={isEnd(cell.column.columnDef.meta) ? `${classes.end ?? ""} figures` : undefined}>
                      <table.FlexRender cell={cell} />
                    </td>
                  ))}
                </tr>
              ))}
        </tbody>
      </table>
    </div>
  );
}

const isEnd = (meta: unknown): boolean => typeof meta === "object" && meta !== null && "end" in meta;
