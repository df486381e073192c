import IconBolt from "@tabler/icons-react/icons/IconBolt";
import IconBraces from "@tabler/icons-react/icons/IconBraces";
import IconChartPie from "@tabler/icons-react/icons/IconChartPie";
import IconFolder from "@tabler/icons-react/icons/IconFolder";
import IconListDetails from "@tabler/icons-react/icons/IconListDetails";
import IconMessage2 from "@tabler/icons-react/icons/IconMessage2";
import IconRoute from "@tabler/icons-react/icons/IconRoute";
import IconTimeline from "@tabler/icons-react/icons/IconTimeline";
import IconUser from "@tabler/icons-react/icons/IconUser";
import IconUsers from "@tabler/icons-react/icons/IconUsers";
import { newAttribute, newEvent, newGroup, newInteraction, newJourney, newList, newSegment, newSequence } from "../../filters/model";
import type { Part } from "../../filters/model";

/** Kinds of parts that a person can add. */
export type Kind = Exclude<Part["kind"], "everyone" | "json">;

interface KindWords {
  icon: typeof IconUser;
  /** What one is called. */
  title: string;
  /** What they are called where they are offered at first, and what each asks. */
  offered: string;
  asks: string;
  make: () => Part;
}

export const KINDS: Record<Kind, KindWords> = {
  attribute: {
    icon: IconUser,
    title: "Attribute",
    offered: "Attributes",
    asks: "Who people are: country, age, when they joined, an identifier.",
    make: newAttribute,
  },
  event: {
    icon: IconBolt,
    title: "Event",
    offered: "Events",
    asks: "What people did or did not do: how often, when, with which journey, reason or amount.",
    make: newEvent,
  },
  interaction: {
    icon: IconMessage2,
    title: "Channel Interactions",
    offered: "Channel Interactions",
    asks: "Who was sent, saw or clicked a journey’s e-mail, push, SMS or other message.",
    make: newInteraction,
  },
  sequence: {
    icon: IconTimeline,
    title: "Sequence",
    offered: "Sequences",
    asks: "Who did one thing first, then another, then a third, within a time or ever.",
    make: newSequence,
  },
  journey: {
    icon: IconRoute,
    title: "Journey state",
    offered: "Journey state",
    asks: "Who is in a journey now, completed it, left it, or never entered it.",
    make: newJourney,
  },
  segment: {
    icon: IconChartPie,
    title: "Saved segment",
    offered: "Saved segments",
    asks: "Who is, or is not, in a segment that was saved before.",
    make: newSegment,
  },
  list: {
    icon: IconListDetails,
    title: "List",
    offered: "Lists",
    asks: "Who is, or is not, on a list that was written down once.",
    make: newList,
  },
  group: {
    icon: IconFolder,
    title: "Group",
    offered: "Group",
    asks: "Conditions that belong together: all, any or none of them.",
    make: newGroup,
  },
};

/** The kinds in the families in which they are offered. */
export const FAMILIES: readonly { title: string; kinds: readonly Kind[] }[] = [
  { title: "Standard segments", kinds: ["attribute", "event"] },
  { title: "Predefined segments", kinds: ["interaction", "sequence", "journey"] },
  { title: "Saved before", kinds: ["segment", "list"] },
];

/** Icon and title of a part, also of those that nobody adds. */
export function headOf(kind: Part["kind"]): Pick<KindWords, "icon" | "title"> {
  if (kind === "everyone") return { icon: IconUsers, title: "Everyone or no one" };
  if (kind === "json") return { icon: IconBraces, title: "Written by hand" };
  return KINDS[kind];
}
