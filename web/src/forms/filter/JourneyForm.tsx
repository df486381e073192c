import { useQuery } from "@tanstack/react-query";
import { journeysQuery } from "../../api/journeys";
import type { Journey } from "../../api/types";
import { JOURNEY_STATES } from "../../filters/model";
import type { JourneyCondition, JourneyState, Scalar } from "../../filters/model";
import { Choice } from "../../ui/Choice";
import type { Option } from "../../ui/Option";
import { Words } from "../../ui/Words";
import { ConditionCard } from "./ConditionCard";
import { useFault } from "./faults";
import classes from "./filter.module.css";

interface Props {
  value: JourneyCondition;
  onChange: (value: JourneyCondition) => void;
}

const PARTS = ["journey", "id", "state"];

const IS: Record<JourneyState, string> = {
  active: "are in it now (active)",
  completed: "completed it",
  exited: "left it before its end (exited)",
  never_entered: "never entered it",
};

const IS_NOT: Record<JourneyState, string> = {
  active: "are not in it now",
  completed: "did not complete it",
  exited: "did not leave it before its end",
  never_entered: "did enter it at some time",
};

const STATES = [
  ...JOURNEY_STATES.map((state) => ({ value: state, label: IS[state] })),
  ...JOURNEY_STATES.map((state) => ({ value: `not:${state}` as const, label: IS_NOT[state] })),
];

/** A condition on how things stand with people in a journey now. */
export function JourneyForm({ value, onChange }: Props) {
  const journeys = useQuery(journeysQuery());
  const faults = { journey: useFault(value.id, "journey", "id"), state: useFault(value.id, "state") };
  return (
    <ConditionCard condition={value} parts={PARTS}>
      <div className={classes.line}>
        <span className={classes.lead} style={{ minWidth: 0 }}>
          of
        </span>
        <div className={classes.entry}>
          <Choice
            label="Journey"
            placeholder="Choose a journey"
            options={journeyOptions(journeys.data?.journeys)}
            value={value.journeyId === null ? null : String(value.journeyId)}
            onChange={(id) => onChange({ ...value, journeyId: journeyIdOf(id) })}
            error={faults.journey}
          />
        </div>
        <Words
          label="How things stand"
          width={250}
          value={value.negated ? `not:${value.state}` : value.state}
          options={STATES}
          onChange={(chosen) => {
            const state = JOURNEY_STATES.find((known) => chosen.endsWith(known)) ?? value.state;
            onChange({ ...value, state, negated: chosen.startsWith("not:") });
          }}
          error={faults.state}
        />
      </div>
    </ConditionCard>
  );
}

/** The journeys that are known, with their ids. */
export const journeyOptions = (journeys: Journey[] | undefined): Option[] =>
  (journeys ?? []).map(({ journey_id, journey_name }) => ({
    value: String(journey_id),
    label: `${journey_name || "Journey"} (${journey_id})`,
  }));

/** A chosen journey id as the language writes it: a number where it is one. */
export const journeyIdOf = (chosen: string | null): Scalar | null =>
  chosen === null ? null : /^\d{1,15}$/.test(chosen) ? Number(chosen) : chosen;
