import { Text, ThemeIcon } from "@mantine/core";
import IconBell from "@tabler/icons-react/icons/IconBell";
import IconBolt from "@tabler/icons-react/icons/IconBolt";
import IconBrandFacebook from "@tabler/icons-react/icons/IconBrandFacebook";
import IconLogin2 from "@tabler/icons-react/icons/IconLogin2";
import IconLogout2 from "@tabler/icons-react/icons/IconLogout2";
import IconMail from "@tabler/icons-react/icons/IconMail";
import IconMessage2 from "@tabler/icons-react/icons/IconMessage2";
import IconWorld from "@tabler/icons-react/icons/IconWorld";
import type { ReactNode } from "react";
import type { ProfileEvent } from "../api/types";
import { Time } from "../ui/Time";
import classes from "./EventLine.module.css";
import { eventWords } from "./eventWords";

const CHANNEL_ICONS: Record<string, ReactNode> = {
  EM: <IconMail size={16} />,
  APP: <IconBell size={16} />,
  WP: <IconWorld size={16} />,
  FB: <IconBrandFacebook size={16} />,
};

/** One event of a person, in words. */
export function EventLine({ event }: { event: ProfileEvent }) {
  const { title, details, rest } = eventWords(event);
  return (
    <li className={classes.line}>
      <ThemeIcon variant="light" size={32} radius="xl" color={event.event.startsWith("journey_") ? "sea" : "gray"} aria-hidden>
        {iconOf(event)}
      </ThemeIcon>
      <div>
        <div className={classes.title}>
          <Text span fw={600} size="sm">
            {title}
          </Text>
          {details.length > 0 && (
            <Text span size="sm" c="dimmed">
              {" · "}
              {details.join(" · ")}
            </Text>
          )}
        </div>
        {rest.length > 0 && (
          <dl className={classes.params}>
            {rest.map(({ name, label, value }) => (
              <div key={name}>
                <dt title={name}>{label}</dt>
                <dd>{value === "" ? "“”" : value}</dd>
              </div>
            ))}
          </dl>
        )}
      </div>
      <Text size="sm" c="dimmed" component="div">
        <Time value={event.timestamp} />
      </Text>
    </li>
  );
}

function iconOf(event: ProfileEvent) {
  switch (event.event) {
    case "journey_enter":
      return <IconLogin2 size={16} />;
    case "journey_exit":
      return <IconLogout2 size={16} />;
    case "journey_product_action":
      return CHANNEL_ICONS[event.action?.channel_code ?? ""] ?? <IconMessage2 size={16} />;
    default:
      return <IconBolt size={16} />;
  }
}
