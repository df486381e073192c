import { TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { valuesQuery } from "../../api/dictionary";
import { journeysQuery } from "../../api/journeys";
import type { Dictionary, KnownValue } from "../../api/types";
import { optionOf } from "../../components/ValuesInput";
import type { InteractionCondition } from "../../filters/model";
import { Choice } from "../../ui/Choice";
import { Choices } from "../../ui/Choices";
import type { Option } from "../../ui/Option";
import { Words } from "../../ui/Words";
import { ConditionCard } from "./ConditionCard";
import { useEditing } from "./editing";
import { entryOf } from "./EventForm";
import { useFault } from "./faults";
import classes from "./filter.module.css";
import { HappeningFields } from "./HappeningFields";
import { journeyIdOf, journeyOptions } from "./JourneyForm";

interface Props {
  value: InteractionCondition;
  onChange: (value: InteractionCondition) => void;
}

/** The parts of an interaction that show their own faults. */
export const INTERACTION_PARTS = ["channel", "action", "journey_id", "journey_name", "campaign_id", "times", "time_range", "aggregate"];
const EVENT = "journey_product_action";
const GOT = [
  { value: "had", label: "had" },
  { value: "did not have", label: "did not have" },
] as const;

/** A condition on what became of a journey's messages: product, channels, action, journey, then element or campaign. */
export function InteractionForm({ value, onChange }: Props) {
  return (
    <ConditionCard condition={value} parts={INTERACTION_PARTS}>
      <InteractionFields value={value} onChange={onChange} />
    </ConditionCard>
  );
}

/** What is asked of an interaction; as a step of a sequence only that it happened. */
export function InteractionFields({ value, onChange, step }: Props & { step?: boolean }) {
  const { dictionary } = useEditing();
  const patch = (change: Partial<InteractionCondition>) => onChange({ ...value, ...change });
  const journeys = useQuery(journeysQuery());
  const known = (parameter: string) => ({ event: EVENT, parameter, journey_id: typeof value.journeyId === "number" ? value.journeyId : undefined });
  const channels = useQuery(valuesQuery(known("channel_code"), "", 100));
  const actions = useQuery(valuesQuery(known("action_code"), "", 100));
  const elements = useQuery(valuesQuery(known("element_code"), "", 200));
  const campaigns = useQuery(valuesQuery(known("campaign_id"), "", 200));
  const faults = {
    channel: useOwnFault(value.id, "channel", "channel_code"),
    element: useOwnFault(value.id, "element", "element_code"),
    action: useFault(value.id, "action"),
    journey: useFault(value.id, "journey_id"),
    campaign: useFault(value.id, "campaign_id"),
    name: useFault(value.id, "journey_name"),
  };
  const action = dictionary.actions.find(
    ({ code, name }) => value.action === code || alike(value.action, name) || (alike(value.action, "OPEN") && name === "VIEW"),
  );
  const codes = value.channels.map((chosen) => dictionary.channels.find(({ code, name }) => alike(chosen, code) || alike(chosen, name))?.code ?? chosen);
  const campaignList = (campaigns.data?.values ?? []).filter((item) => fitsChannels(item, codes, dictionary));
  return (
    <>
      <div className={classes.line} style={{ marginBlockEnd: 10, alignItems: "center" }}>
        {!step && (
          <Words
            label="Had or did not have"
            width={140}
            value={value.negated ? "did not have" : "had"}
            options={GOT}
            onChange={(got) => patch({ negated: got === "did not have" })}
          />
        )}
        <span className={classes.lead} style={{ padding: 0 }}>
          an interaction with a message of
        </span>
      </div>
      <div className={classes.grid}>
        <Choice label="Product" labelled options={PRODUCTS} value="architect" onChange={() => undefined} />
        <Choices
          label="Channels"
          labelled
          placeholder="Any channel"
          options={withCounts(
            dictionary.channels.map(({ code, name }) => ({ value: code, label: `${name} (${code})` })),
            channels.data?.values,
          )}
          values={codes}
          onChange={(chosen) => patch({ channels: chosen, campaignId: null })}
          error={faults.channel}
        />
        <Choice
          label="Action"
          labelled
          placeholder="Any action"
          clearable
          options={withCounts(
            dictionary.actions.map(({ code, name, meaning }) => ({ value: String(code), label: `${name} (${code})`, meaning })),
            actions.data?.values,
          )}
          value={action ? String(action.code) : value.action === null ? null : String(value.action)}
          onChange={(code) =>
            patch({ action: dictionary.actions.find((candidate) => String(candidate.code) === code)?.name ?? null })
          }
          error={faults.action}
        />
        <Choice
          label="Journey"
          labelled
          placeholder="Any journey"
          clearable
          options={journeyOptions(journeys.data?.journeys)}
          value={value.journeyId === null ? null : String(value.journeyId)}
          onChange={(id) => patch({ journeyId: journeyIdOf(id), campaignId: null, element: null })}
          error={faults.journey}
        />
        <Choice
          label="Channel element"
          labelled
          placeholder={elements.data?.distinct === 0 ? "None recorded" : "Any element"}
          clearable
          disabled={elements.data?.distinct === 0 && value.element === null}
          options={(elements.data?.values ?? []).map(optionOf)}
          value={value.element}
          onChange={(element) => patch({ element })}
          error={faults.element}
        />
        <Choice
          label="Campaign"
          labelled
          placeholder="Any campaign"
          clearable
          options={campaignList.map(optionOf)}
          value={value.campaignId === null ? null : String(value.campaignId)}
          onChange={(id) => patch({ campaignId: journeyIdOf(id) })}
          error={faults.campaign}
        />
      </div>
      {value.journeyName !== null && (
        <div className={classes.line} style={{ marginBlockEnd: 10 }}>
          <TextInput
            label="Journey name"
            value={String(value.journeyName)}
            onChange={(event) => patch({ journeyName: event.currentTarget.value || null })}
            error={faults.name}
          />
        </div>
      )}
      <HappeningFields event={entryOf(dictionary, EVENT)} value={value} onChange={patch} step={step} />
    </>
  );
}

/** A fault of a mark, or of the parameter that stands for it when there are several. */
function useOwnFault(id: string, mark: string, parameter: string): string | undefined {
  const own = useFault(id, mark);
  const row = useFault(`${id}:${parameter}`, "parameter", "value", "");
  return own ?? row;
}

const PRODUCTS: Option[] = [{ value: "architect", label: "Architect", meaning: "Messages that journeys sent" }];

/** The language knows channels and actions by name without regard to case. */
const alike = (written: string | number | null, name: string): boolean =>
  typeof written === "string" && written.toLowerCase() === name.toLowerCase();

/** All options with how often each occurs, those that do first. */
function withCounts(options: Option[], known: KnownValue[] | undefined): Option[] {
  const counts = new Map((known ?? []).map((item) => [item.value, item.count]));
  return options
    .map((option) => ({ ...option, count: counts.get(option.value) }))
    .sort((a, b) => (b.count ?? 0) - (a.count ?? 0));
}

/** A campaign without a name of its own goes by its channel's, which tells it apart from other channels' campaigns. */
function fitsChannels(campaign: KnownValue, channels: string[], dictionary: Dictionary): boolean {
  const channel = dictionary.channels.find(({ name }) => name === campaign.name);
  return channels.length === 0 || !channel || channels.includes(channel.code);
}
