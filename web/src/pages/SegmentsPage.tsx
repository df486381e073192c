import { Button, Tabs } from "@mantine/core";
import IconListDetails from "@tabler/icons-react/icons/IconListDetails";
import IconPlus from "@tabler/icons-react/icons/IconPlus";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { ButtonLink } from "../components/links";
import { SegmentHistory } from "../components/SegmentHistory";
import { NewListForm } from "../forms/NewListForm";
import { PageHeader } from "../ui/PageHeader";
import { SavedLists } from "./SavedLists";
import { SavedSegments } from "./SavedSegments";

const route = getRouteApi("/shell/segments");

/** What was saved: segments, which follow the data, and lists, which do not. */
export function SegmentsPage() {
  const { tab, history } = route.useSearch();
  const navigate = route.useNavigate();
  const [listing, setListing] = useState(false);
  return (
    <>
      <PageHeader
        title="Segments"
        actions={
          tab === "lists" ? (
            <Button leftSection={<IconListDetails size={16} />} onClick={() => setListing(true)} aria-haspopup="dialog">
              New list
            </Button>
          ) : (
            <ButtonLink to="/" leftSection={<IconPlus size={16} />}>
              New segment
            </ButtonLink>
          )
        }
      >
        {tab === "lists" ? "People written down once: a list stays as it is." : "People meant by a filter: a segment follows the data."}
      </PageHeader>
      <Tabs
        value={tab ?? "segments"}
        onChange={(next) => void navigate({ search: { tab: next === "lists" ? "lists" : undefined } })}
        keepMounted={false}
      >
        <Tabs.List mb="lg">
          <Tabs.Tab value="segments">Segments</Tabs.Tab>
          <Tabs.Tab value="lists">Lists</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="segments">
          <SavedSegments onHistory={(id) => void navigate({ search: { history: id } })} />
        </Tabs.Panel>
        <Tabs.Panel value="lists">
          <SavedLists onNew={() => setListing(true)} />
        </Tabs.Panel>
      </Tabs>
      <SegmentHistory id={history} onClose={() => void navigate({ search: {} })} />
      {listing && <NewListForm onClose={() => setListing(false)} />}
    </>
  );
}
