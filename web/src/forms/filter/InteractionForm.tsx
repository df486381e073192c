import IconMessage2 from "@tabler/icons-react/icons/IconMessage2";
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
import { AmountInput } from "./AmountInput";
import { ConditionCard } from "./ConditionCard";
import { useFault } from "./faults";
import classes from "./filter.module.css";
import { RangeInput } from "./RangeInput";

interface Props {
  dictionary: Dictionary;
  value: InteractionCondition;
  onChange: (value: InteractionCondition) => void;
  onRemove: () => void;
}

const PARTS = ["channel", "action", "journey_id", "campaign_id", "times", "time_range"];
const EVENT = "journey_product_action";
const GOT = [
  { value: "had", label: "had" },
  { value: "did not have", label: "did not have" },
] as const;

/** A condition on what became of a journey's messages: product, channels, action, journey, then element or campaign. */
export function InteractionForm({ dictionary, value, onChange, onRemove }: Props) {
  const patch = (change: Partial<InteractionCondition>) => onChange({ ...value, ...change });
  const journeys = useQuery(journeysQuery());
  const known = (parameter: string) => ({ event: EVENT, parameter, journey_id: value.journeyId ?? undefined });
  const channels = useQuery(valuesQuery(known("channel_code"), "", 100));
  const actions = useQuery(valuesQuery(known("action_code"), "", 100));
  const elements = useQuery(valuesQuery(known("element_code"), "", 200));
  const campaigns = useQuery(valuesQuery(known("campaign_id"), "", 200));
  const faults = {
    channel: useFault(value.id, "channel"),
    action: useFault(value.id, "action"),
    journey: useFault(value.id, "journey_id"),
    campaign: useFault(value.id, "campaign_id"),
    times: useFault(value.id, "times"),
    range: useFault(value.id, "time_range"),
  };
  const action = dictionary.actions.find(
    ({ code, name }) => value.action === code || value.action === name || (value.action === "OPEN" && name === "VIEW"),
  );
  const campaignList = (campaigns.data?.values ?? []).filter((item) => fitsChannels(item, value.channels, dictionary));
  return (
    <ConditionCard id={value.id} icon={<IconMessage2 size={14} />} title="Channel Interactions" parts={PARTS} onRemove={onRemove}>
      <div className={classes.line} style={{ marginBlockEnd: 10, alignItems: "center" }}>
        <Words
          label="Had or did not have"
          width={140}
          value={value.negated ? "did not have" : "had"}
          options={GOT}
          onChange={(got) => patch({ negated: got === "did not have" })}
        />
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
          values={value.channels}
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
          value={action ? String(action.code) : null}
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
          options={(journeys.data?.journeys ?? []).map((journey) => ({
            value: String(journey.journey_id),
            label: `${journey.journey_name || "Journey"} (${journey.journey_id})`,
          }))}
          value={value.journeyId === null ? null : String(value.journeyId)}
          onChange={(id) => patch({ journeyId: id === null ? null : Number(id), campaignId: null, element: null })}
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
        />
        <Choice
          label="Campaign"
          labelled
          placeholder="Any campaign"
          clearable
          options={campaignList.map(optionOf)}
          value={value.campaignId === null ? null : String(value.campaignId)}
          onChange={(id) => patch({ campaignId: id === null ? null : Number(id) })}
          error={faults.campaign}
        />
      </div>
      <div className={classes.line}>
        <AmountInput label="Times" whole value={value.times} onChange={(times) => patch({ times })} error={faults.times} />
        <span className={classes.lead} style={{ minWidth: 0 }}>
          {value.times.operator !== "between" && value.times.value === 1 ? "time" : "times"}
        </span>
        <RangeInput value={value.range} onChange={(range) => patch({ range })} error={faults.range} />
      </div>
    </ConditionCard>
  );
}

const PRODUCTS: Option[] = [{ value: "architect", label: "Architect", meaning: "Messages that journeys sent" }];

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
