import type { ReactNode } from "react";
import classes from "./Facts.module.css";

export interface Fact {
  label: string;
  /** Tells facts of one label apart. */
  id?: string;
  note?: ReactNode;
  value: ReactNode;
}

/** Names and their values, one a line. */
export function Facts({ facts }: { facts: Fact[] }) {
  return (
    <dl className={classes.facts}>
      {facts.map(({ label, id = label, note, value }) => (
        <div className={classes.fact} key={id}>
          <dt>
            {label}
            {note && <span className={classes.note}>{note}</span>}
          </dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
