import type { Joiner } from "../../filters/model";
import { Words } from "../../ui/Words";

interface Joined {
  joiner: Joiner;
  negated: boolean;
}

const JOINED = [
  { value: "all", label: "all", joiner: "all", negated: false },
  { value: "any", label: "any", joiner: "any", negated: false },
  { value: "none", label: "none", joiner: "any", negated: true },
  { value: "not all", label: "not all", joiner: "all", negated: true },
] as const;

interface Props {
  label: string;
  value: Joined;
  onChange: (value: Joined) => void;
}

/** All, any, none, or not all. */
export function JoinWords({ label, value, onChange }: Props) {
  const now = JOINED.find(({ joiner, negated }) => joiner === value.joiner && negated === value.negated) ?? JOINED[0];
  return (
    <Words
      label={label}
      width={96}
      value={now.value}
      options={JOINED}
      onChange={(chosen) => {
        const { joiner, negated } = JOINED.find((known) => known.value === chosen) ?? JOINED[0];
        onChange({ joiner, negated });
      }}
    />
  );
}

/** The word between two of them. */
export const joint = ({ joiner, negated }: Joined): string => (joiner === "all" ? "and" : negated ? "nor" : "or");
