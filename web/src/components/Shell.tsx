import { AppShell, Box, Burger, Group, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import IconCalendarRepeat from "@tabler/icons-react/icons/IconCalendarRepeat";
import IconChartPie from "@tabler/icons-react/icons/IconChartPie";
import IconFileExport from "@tabler/icons-react/icons/IconFileExport";
import IconHistory from "@tabler/icons-react/icons/IconHistory";
import IconKey from "@tabler/icons-react/icons/IconKey";
import IconMail from "@tabler/icons-react/icons/IconMail";
import IconRoute from "@tabler/icons-react/icons/IconRoute";
import IconSend from "@tabler/icons-react/icons/IconSend";
import IconWebhook from "@tabler/icons-react/icons/IconWebhook";
import IconUsers from "@tabler/icons-react/icons/IconUsers";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import { useEffect, useId, useRef } from "react";
import type { ReactNode } from "react";
import { aboutQuery } from "../api/about";
import { followChanges } from "../api/changes";
import { count } from "../format/number";
import { SchemeToggle } from "../ui/SchemeToggle";
import { SignOut } from "./SignOut";
import classes from "./shell.module.css";

/** The frame around every page: the way between them, and the page itself. */
export function Shell() {
  const [opened, { toggle, close }] = useDisclosure(false);
  const about = useQuery(aboutQuery());
  const main = useRef<HTMLElement>(null);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const first = useRef(path);

  const queries = useQueryClient();
  useEffect(() => followChanges(queries), [queries]);

  useEffect(() => {
    close();
    // A new page starts at its top, for those who read with the keyboard too; a new filter is the same page.
    if (first.current !== path) main.current?.focus();
    first.current = path;
  }, [path, close]);

  return (
    <AppShell
      layout="alt"
      header={{ height: { base: 52, sm: 0 } }}
      navbar={{ width: 224, breakpoint: "sm", collapsed: { mobile: !opened } }}
      withBorder={false}
    >
      <a className="skip" href="#main">
        Skip to content
      </a>
      <AppShell.Header hiddenFrom="sm" bg="var(--wf-ground)">
        <Group h="100%" px="md">
          <Burger opened={opened} onClick={toggle} size="sm" aria-label={opened ? "Close navigation" : "Open navigation"} />
          <Text fw={680}>Wayfare</Text>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar className={classes.nav} component="nav" aria-label="Main">
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <Link to="/" className={classes.brand}>
            <img src="/wayfare.svg" alt="" width={26} height={26} />
            Wayfare
          </Link>
          <Burger hiddenFrom="sm" opened={opened} onClick={toggle} size="sm" aria-label="Close navigation" />
        </Group>
        <NavGroup title="Data">
          <Link
            to="/"
            className={classes.link}
            activeOptions={{ exact: true, includeSearch: false }}
            data-status={path === "/" || path.startsWith("/profiles/") ? "active" : undefined}
          >
            <IconUsers size={18} stroke={1.7} aria-hidden /> User Profiles
          </Link>
          <Link to="/segments" className={classes.link} activeOptions={{ includeSearch: false }}>
            <IconChartPie size={18} stroke={1.7} aria-hidden /> Segments
          </Link>
          <Link to="/journeys" className={classes.link}>
            <IconRoute size={18} stroke={1.7} aria-hidden /> Journeys
          </Link>
        </NavGroup>
        <NavGroup title="Deliveries">
          <Link to="/exports" className={classes.link} activeOptions={{ includeSearch: false }}>
            <IconFileExport size={18} stroke={1.7} aria-hidden /> Exports
          </Link>
          <Link to="/schedules" className={classes.link} activeOptions={{ includeSearch: false }}>
            <IconCalendarRepeat size={18} stroke={1.7} aria-hidden /> Schedules
          </Link>
          <Link to="/destinations" className={classes.link}>
            <IconSend size={18} stroke={1.7} aria-hidden /> Destinations
          </Link>
          <Link to="/webhooks" className={classes.link} activeOptions={{ includeSearch: false }}>
            <IconWebhook size={18} stroke={1.7} aria-hidden /> Webhooks
          </Link>
          <Link to="/mail" className={classes.link} activeOptions={{ includeSearch: false }}>
            <IconMail size={18} stroke={1.7} aria-hidden /> Mail
          </Link>
        </NavGroup>
        <NavGroup title="Access">
          <Link to="/keys" className={classes.link}>
            <IconKey size={18} stroke={1.7} aria-hidden /> API keys
          </Link>
          <Link to="/audit" className={classes.link} activeOptions={{ includeSearch: false }}>
            <IconHistory size={18} stroke={1.7} aria-hidden /> Audit
          </Link>
        </NavGroup>
        <Box className={classes.foot}>
          {about.data?.sign_in_required && about.data.signed_in && <SignOut />}
          <SchemeToggle />
          {about.data && (
            <Text size="xs" c="dimmed" mt="sm" className="figures" title="Records accepted so far">
              v{about.data.version}
              {typeof about.data.position === "number" && ` · position ${count(about.data.position)}`}
            </Text>
          )}
        </Box>
      </AppShell.Navbar>
      <AppShell.Main id="main" ref={main} tabIndex={-1} className={classes.frame}>
        <div className={classes.main}>
          <Outlet />
        </div>
      </AppShell.Main>
    </AppShell>
  );
}

/** Pages that belong together, under a small heading. */
function NavGroup({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  return (
    <div role="group" aria-labelledby={id} className={classes.group}>
      <span id={id} className={classes.groupTitle}>
        {title}
      </span>
      {children}
    </div>
  );
}
