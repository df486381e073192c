import { count as figure, share } from "../format/number";
import classes from "./BarTable.module.css";

export interface Bar {
  key: string;
  label: string;
  count: number;
  /** Said of several values, or of none; such a figure would dwarf the others and has no bar. */
  rest?: boolean;
}

interface Props {
  caption: string;
  label: string;
  bars: Bar[];
  /** What the whole is. */
  whole: number;
}

/** Figures as bars: a plain table, whose bars only draw what its cells say. */
export function BarTable({ caption, label, bars, whole }: Props) {
  const longest = Math.max(1, ...bars.filter(({ rest }) => !rest).map(({ count }) => count));
  return (
    <table className={classes.table}>
      <caption className={classes.caption}>{caption}</caption>
      <thead>
        <tr>
          <th scope="col">{label}</th>
          <th scope="col" className={classes.end}>
            People
          </th>
          <th scope="col" className={classes.end}>
            Share
          </th>
        </tr>
      </thead>
      <tbody>
        {bars.map(({ key, label: name, count, rest }) => (
          <tr key={key} data-rest={rest || undefined}>
            <th scope="row">
              {name}
              {!rest && (
                <span className={classes.track} aria-hidden>
                  <span className={classes.bar} style={{ inlineSize: `${(count / longest) * 100}%` }} />
                </span>
              )}
            </th>
            <td className={`${classes.end ?? ""} figures`}>{figure(count)}</td>
            <td className={`${classes.end ?? ""} figures`}>{share(count, whole)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
