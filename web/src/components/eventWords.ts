/** An event in a line of words. */
import type { ProfileEvent } from "../api/types";
import { eventName, parameterName } from "../format/names";
import { valueText } from "../format/value";

export interface EventWords {
  title: string;
  /** What follows the title, most telling first. */
  details: string[];
  /** Parameters that the words do not already say. */
  rest: { name: string; label: string; value: string }[];
}

/** Says what happened; codes are followed by their names. */
export function eventWords(event: ProfileEvent): EventWords {
  const { params, action } = event;
  const said = new Set<string>();
  const say = (name: string): unknown => {
    said.add(name);
    return params[name];
  };
  const words = (title: string, details: (string | undefined | false)[]): EventWords => ({
    title,
    details: details.filter((detail): detail is string => Boolean(detail)),
    rest: Object.entries(params)
      .filter(([name, value]) => !said.has(name) && value !== null)
      .map(([name, value]) => ({ name, label: parameterName(event.event, name), value: valueText(value) })),
  });
  switch (event.event) {
    case "journey_product_action": {
      const channel = action?.channel_name ?? valueText(say("channel_code"));
      const act = action?.action_name ?? valueText(say("action_code"));
      say("channel_code");
      say("action_code");
      return words([channel, act].filter(Boolean).join(" · ") || eventName(event.event), [
        action?.meaning ?? undefined,
        journey(say("journey_name"), say("journey_id")),
      ]);
    }
    case "journey_enter":
      return words("Entered a journey", [journey(say("journey_name"), say("journey_id")), because(say("enter_reason"))]);
    case "journey_exit":
      return words("Left a journey", [journey(say("journey_name"), say("journey_id")), because(say("exit_reason"))]);
    default:
      return words(event.event, []);
  }
}

function journey(name: unknown, id: unknown): string | undefined {
  const parts = [valueText(name), id === undefined || id === null ? "" : `(${valueText(id)})`].filter(Boolean);
  return parts.length === 0 ? undefined : `journey ${parts.join(" ")}`;
}

const because = (reason: unknown): string | undefined =>
  reason === undefined || reason === null || reason === "" ? undefined : `reason ${valueText(reason)}`;
