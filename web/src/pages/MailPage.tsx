import { Anchor, Box, Button, SegmentedControl, Skeleton, Stack, Text, Title } from "@mantine/core";
import IconMail from "@tabler/icons-react/icons/IconMail";
import IconMailOpened from "@tabler/icons-react/icons/IconMailOpened";
import IconSend from "@tabler/icons-react/icons/IconSend";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { aboutQuery } from "../api/about";
import { mailListQuery, mailQuery } from "../api/mail";
import { QueryFailure } from "../components/QueryFailure";
import { TestLetterForm } from "../forms/TestLetterForm";
import { LinkedText } from "../ui/LinkedText";
import { MailFrame } from "../ui/MailFrame";
import { Notice } from "../ui/Notice";
import { PageHeader } from "../ui/PageHeader";
import { Panel } from "../ui/Panel";
import { Time } from "../ui/Time";
import classes from "./MailPage.module.css";

const route = getRouteApi("/shell/mail");

/** Whether letters arrive; and those that went to the mail directory where no relay is set. */
export function MailPage() {
  const { message } = route.useSearch();
  const list = useQuery(mailListQuery());
  const about = useQuery(aboutQuery());
  const [testing, setTesting] = useState(false);
  const relay = about.data?.mail === "smtp";
  const messages = list.data?.messages ?? [];
  return (
    <>
      <PageHeader
        title="Mail"
        actions={
          <Button variant="default" leftSection={<IconSend size={16} />} onClick={() => setTesting(true)} aria-haspopup="dialog">
            Send a test letter
          </Button>
        }
      >
        {relay
          ? "Letters go out through the mail relay. Here are those that were written before it was set."
          : "No mail relay is set, so letters are kept in the data directory and shown here."}
      </PageHeader>
      {list.isError ? (
        <Panel>
          <QueryFailure error={list.error} retry={list.refetch} />
        </Panel>
      ) : list.isPending ? (
        <Skeleton h={320} radius="lg" />
      ) : messages.length === 0 ? (
        <Panel>
          <Notice icon={<IconMail size={22} />} title={relay ? "No letters are kept here" : "No letters yet"}>
            {relay ? "A test letter tells whether the relay takes them." : "A letter appears here when an export with an e-mail address is complete."}
          </Notice>
        </Panel>
      ) : (
        <Panel className={classes.split} data-open={message ? true : undefined}>
          <nav aria-label="Letters" className={classes.list}>
            {messages.map((item) => (
              <Link
                key={item.id}
                to="/mail"
                search={{ message: item.id }}
                className={classes.item}
                aria-current={item.id === message ? "true" : undefined}
              >
                <Text size="sm" fw={600} lineClamp={2}>
                  {item.subject}
                </Text>
                <Text size="xs" c="dimmed" component="div">
                  {item.to}
                  {item.date && (
                    <>
                      {" · "}
                      <Time value={item.date} />
                    </>
                  )}
                </Text>
              </Link>
            ))}
          </nav>
          {message ? (
            <Message id={message} />
          ) : (
            <Notice icon={<IconMailOpened size={22} />} title="Choose a letter">
              It opens here.
            </Notice>
          )}
        </Panel>
      )}
      {testing && <TestLetterForm onClose={() => setTesting(false)} />}
    </>
  );
}

function Message({ id }: { id: string }) {
  const { as } = route.useSearch();
  const navigate = route.useNavigate();
  const mail = useQuery(mailQuery(id));
  if (mail.isError) return <QueryFailure error={mail.error} retry={mail.refetch} />;
  if (!mail.data) {
    return (
      <Box p="lg">
        <Skeleton h={240} />
      </Box>
    );
  }
  const { html, text, subject, from, to, date } = mail.data;
  const plain = as === "text" || !html;
  return (
    <article className={classes.message} aria-label={subject}>
      <Stack gap={4} p="lg" style={{ borderBlockEnd: "1px solid var(--wf-line)" }}>
        <Title order={2}>{subject}</Title>
        <Text size="sm" c="dimmed" component="div">
          {from} to <Anchor href={`mailto:${to}`}>{to}</Anchor>
          {date && (
            <>
              {" · "}
              <Time value={date} />
            </>
          )}
        </Text>
        {html && text && (
          <SegmentedControl
            size="xs"
            mt="xs"
            style={{ alignSelf: "flex-start" }}
            aria-label="Show as"
            data={[
              { value: "html", label: "Letter" },
              { value: "text", label: "Plain text" },
            ]}
            value={plain ? "text" : "html"}
            onChange={(next) => void navigate({ search: { message: id, as: next === "text" ? "text" : undefined }, replace: true })}
          />
        )}
      </Stack>
      {plain ? <LinkedText text={text} /> : <MailFrame html={html} title={subject} />}
    </article>
  );
}
