import { count as figure } from "../format/number";
import classes from "./Choice.module.css";

/** Something that can be chosen: with its meaning, and how often it occurs. */
export interface Option {
  value: string;
  label: string;
  meaning?: string;
  count?: number;
}

/** One option as the dropdown shows it. */
export function OptionLine({ option }: { option: Option }) {
  return (
    <span className={classes.option}>
      <span className={classes.words}>
        {option.label}
        {option.meaning && <span className={classes.meaning}>{option.meaning}</span>}
      </span>
      {option.count !== undefined && <span className={classes.count}>{figure(option.count)}</span>}
    </span>
  );
}

/** The options, and after them whatever is chosen without being among them. */
export function withChosen(options: Option[], chosen: readonly string[]): Option[] {
  const offered = new Set(options.map(({ value }) => value));
  const others = chosen.filter((value) => !offered.has(value));
  return others.length === 0 ? options : [...options, ...others.map((value) => ({ value, label: value }))];
}
