import { Button, Group, NativeSelect, Skeleton, Stack, Tabs, Text, Title } from "@mantine/core";
import IconArrowLeft from "@tabler/icons-react/icons/IconArrowLeft";
import IconBolt from "@tabler/icons-react/icons/IconBolt";
import IconClockOff from "@tabler/icons-react/icons/IconClockOff";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { dictionaryQuery } from "../api/dictionary";
import { profileEventsQuery, profileQuery } from "../api/profiles";
import type { Identifiers, Profile } from "../api/types";
import { EventLine } from "../components/EventLine";
import { ProfileExports } from "../components/ProfileExports";
import { QueryFailure } from "../components/QueryFailure";
import { TextLink } from "../components/links";
import { WhyForm } from "../forms/WhyForm";
import { attributeName, eventName } from "../format/names";
import { plural } from "../format/number";
import { valueText } from "../format/value";
import { CopyId } from "../ui/CopyId";
import { Facts } from "../ui/Facts";
import { Notice } from "../ui/Notice";
import { PageHeader } from "../ui/PageHeader";
import { Panel } from "../ui/Panel";
import { Time } from "../ui/Time";

const route = getRouteApi("/shell/profiles/$profileId");

/** One person: identifiers, attributes, and what happened. */
export function ProfilePage() {
  const { profileId } = route.useParams();
  const { tab, filter, segment } = route.useSearch();
  const navigate = route.useNavigate();
  const profile = useQuery(profileQuery(profileId));
  return (
    <>
      <TextLink to="/" search={{ filter }} size="sm" c="dimmed" mb="sm" style={{ display: "inline-flex", alignItems: "center", gap: 4 }}>
        <IconArrowLeft size={14} aria-hidden /> User Profiles
      </TextLink>
      <PageHeader title={<span className="mono">{profile.data ? nameOf(profile.data) : profileId}</span>}>
        {profile.data && (
          <>
            Seen since <Time value={profile.data.created_at} />
          </>
        )}
      </PageHeader>
      {profile.isError ? (
        <Panel>
          <QueryFailure error={profile.error} retry={profile.refetch} />
        </Panel>
      ) : (
        <Tabs
          value={tab ?? "overview"}
          onChange={(next) => {
            const chosen = next === "events" || next === "why" || next === "exports" ? next : undefined;
            void navigate({ search: { tab: chosen, filter, segment } });
          }}
          keepMounted={false}
        >
          <Tabs.List mb="lg">
            <Tabs.Tab value="overview" px={{ base: 10, sm: "md" }}>Overview</Tabs.Tab>
            <Tabs.Tab value="events" px={{ base: 10, sm: "md" }}>Events</Tabs.Tab>
            <Tabs.Tab value="why" px={{ base: 10, sm: "md" }}>Why here or not</Tabs.Tab>
            <Tabs.Tab value="exports" px={{ base: 10, sm: "md" }}>Exports</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="overview">
            <Overview profile={profile.data} />
          </Tabs.Panel>
          <Tabs.Panel value="events">
            <Events profileId={profileId} />
          </Tabs.Panel>
          <Tabs.Panel value="exports">
            <ProfileExports profileId={profileId} />
          </Tabs.Panel>
          <Tabs.Panel value="why">
            <Panel p="lg">
              <WhyForm
                profileId={profileId}
                filter={filter}
                segment={segment}
                onSegment={(chosen) => void navigate({ search: { tab: "why", filter, segment: chosen }, replace: true })}
                asOf={undefined}
              />
            </Panel>
          </Tabs.Panel>
        </Tabs>
      )}
    </>
  );
}

const nameOf = ({ identifiers, profile_id }: Profile): string =>
  identifiers.user_id ?? identifiers.email ?? identifiers.phone_number ?? profile_id;

function Overview({ profile }: { profile: Profile | undefined }) {
  if (!profile) return <Skeleton h={260} radius="lg" />;
  return (
    <div style={{ display: "grid", gridTemplateColumns: "repeat(auto-fit, minmax(min(100%, 400px), 1fr))", gap: 20, alignItems: "start" }}>
      <Panel p="lg">
        <Title order={2} mb="sm">
          Identifiers
        </Title>
        <Facts
          facts={identifiersOf(profile.profile_id, profile.identifiers).map(([label, value]) => ({
            label,
            value: (
              <Group gap={4} wrap="nowrap">
                <span className="mono" style={{ overflowWrap: "anywhere" }}>
                  {value}
                </span>
                <CopyId value={value} what={label.toLowerCase()} />
              </Group>
            ),
          }))}
        />
      </Panel>
      <Panel p="lg">
        <Title order={2} mb="sm">
          Attributes
        </Title>
        {profile.attributes.length === 0 ? (
          <Text size="sm" c="dimmed">
            This person has no attributes.
          </Text>
        ) : (
          <Facts
            facts={profile.attributes.map(({ name, type, value }) => ({
              label: name,
              note: type,
              value: <span className="figures">{valueText(value)}</span>,
            }))}
          />
        )}
      </Panel>
    </div>
  );
}

function identifiersOf(profileId: string, { custom, ...own }: Identifiers): [label: string, value: string][] {
  const all = Object.entries({ profile_id: profileId, ...own, ...custom });
  return all.flatMap(([name, value]) => (value ? [[attributeName(name), value] as [string, string]] : []));
}

function Events({ profileId }: { profileId: string }) {
  const { event } = route.useSearch();
  const navigate = route.useNavigate();
  const dictionary = useQuery(dictionaryQuery());
  const events = useInfiniteQuery(profileEventsQuery(profileId, event));
  const all = events.data?.pages.flatMap((page) => page.events) ?? [];
  return (
    <>
      <Group mb="md" justify="space-between">
        <NativeSelect
          aria-label="Show events"
          w={240}
          value={event ?? ""}
          data={[
            { value: "", label: "All events" },
            ...(dictionary.data?.events ?? []).map(({ name }) => ({ value: name, label: eventName(name) })),
          ]}
          onChange={(change) => {
            const chosen = change.currentTarget.value || undefined;
            void navigate({ search: (before) => ({ ...before, tab: "events" as const, event: chosen }) });
          }}
        />
        <Text size="sm" c="dimmed" role="status">
          {events.data && `${plural(all.length, "event", "events")} shown, newest first`}
        </Text>
      </Group>
      <Panel>
        {events.isError ? (
          <QueryFailure error={events.error} retry={events.refetch} />
        ) : events.isPending ? (
          <Stack p="lg" gap="lg">
            {Array.from({ length: 6 }, (_, index) => (
              <Skeleton key={index} h={36} />
            ))}
          </Stack>
        ) : all.length === 0 ? (
          <Notice icon={event ? <IconBolt size={22} /> : <IconClockOff size={22} />} title={event ? `No ${eventName(event)} events` : "No events yet"}>
            {event ? "This person never did this. Choose another event." : "Nothing was recorded of this person so far."}
          </Notice>
        ) : (
          <ol style={{ listStyle: "none", margin: 0, padding: 0 }}>
            {all.map((item) => (
              <EventLine key={item.event_id} event={item} />
            ))}
          </ol>
        )}
      </Panel>
      {events.hasNextPage && (
        <Group justify="center" mt="md">
          <Button variant="default" loading={events.isFetchingNextPage} onClick={() => void events.fetchNextPage()}>
            Show older events
          </Button>
        </Group>
      )}
    </>
  );
}
