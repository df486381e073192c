/** Reading CSV: cells in quotes, whatever stands between the cells, and what the first row is. */

const DELIMITERS = [",", ";", "\t", "|"];

/** The rows of a text, without empty lines. The delimiter is the one that the first line has most of. */
export function readCsv(text: string): string[][] {
  const source = text.replace(/^\uFEFF/, "");
  const delimiter = delimiterOf(source);
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let quoted = false;
  const endRow = () => {
    row.push(cell);
    if (row.length > 1 || cell !== "") rows.push(row);
    row = [];
    cell = "";
  };
  for (let at = 0; at < source.length; at += 1) {
    const sign = source[at] ?? "";
    if (quoted) {
      if (sign !== '"') cell += sign;
      else if (source[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else quoted = false;
    } else if (sign === '"' && cell === "") quoted = true;
    else if (sign === delimiter) {
      row.push(cell);
      cell = "";
    } else if (sign === "\n") endRow();
    else if (sign !== "\r" || source[at + 1] !== "\n") cell += sign;
  }
  endRow();
  return rows;
}

function delimiterOf(text: string): string {
  const line = (/^[^\r\n]*/.exec(text)?.[0] ?? "").replace(/"(?:[^"]|"")*"/g, "");
  const often = (delimiter: string) => line.split(delimiter).length;
  return DELIMITERS.reduce((best, candidate) => (often(candidate) > often(best) ? candidate : best), ",");
}

/** Whether the first row looks like names of columns: none of its cells comes again below it, and one speaks of ids. */
export function hasHeader(rows: string[][]): boolean {
  const [first, ...rest] = rows;
  if (!first || rest.length === 0) return false;
  const names = first.some((cell) => !/\d/.test(cell) && /(?:^|[\s_-])(?:ids?|users?|customer|name|e-?mail|phone)(?:$|[\s_-])|[a-z]I[dD]$/i.test(cell.trim()));
  return names && first.every((cell, column) => cell === "" || !rest.some((row) => row[column] === cell));
}

/** The column that most likely holds user ids, by its name. */
export function likelyIds(header: string[]): number {
  const wanted = ["user_id", "userid", "user id", "customer_id", "id"];
  const names = header.map((name) => name.trim().toLowerCase());
  const found = wanted.map((name) => names.indexOf(name)).find((at) => at >= 0);
  return found ?? Math.max(0, names.findIndex((name) => /\bid\b|_id$|user/.test(name)));
}
