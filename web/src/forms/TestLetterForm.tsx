import { Alert, Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { refusedPath, sentence } from "../api/errors";
import { sendTestLetter } from "../api/mail";
import type { MailTest } from "../api/types";
import { TextLink } from "../components/links";

const FAULTS: Record<string, string> = {
  name: "The relay's name leads nowhere",
  port: "Nobody listens at the relay's port",
  certificate: "The relay is not the one to trust",
  credentials: "The relay refuses the user or the password",
  rights: "The relay takes nothing from this sender",
  recipient: "The relay refuses the address",
  content: "The relay refuses the letter",
  unavailable: "The relay has no time, or a fault",
  connection: "The connection to the relay broke off",
  settings: "The settings lead nowhere",
  files: "The letter could not be written",
};

/** Sends a test letter, and says what came of it. */
export function TestLetterForm({ onClose }: { onClose: () => void }) {
  const queries = useQueryClient();
  const [to, setTo] = useState("");
  const [tried, setTried] = useState(false);
  const send = useMutation({
    mutationFn: () => sendTestLetter(to.trim()),
    onSettled: () => queries.invalidateQueries({ queryKey: ["mail"] }),
  });
  const atAddress = refusedPath(send.error) === "to";
  const missing = tried && to.trim() === "" ? "Give the address that it goes to." : undefined;
  return (
    <Modal
      opened
      onClose={onClose}
      title={
        <Text component="span" fw={640}>
          Test letter
        </Text>
      }
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (to.trim() !== "") send.mutate();
        }}
      >
        <Stack>
          <TextInput
            type="email"
            label="E-mail address"
            description="Gets a short letter now, so that you see whether letters arrive."
            placeholder="you@example.com"
            autoComplete="email"
            data-autofocus
            value={to}
            onChange={(event) => {
              send.reset();
              setTo(event.currentTarget.value);
            }}
            error={missing ?? (atAddress ? sentence(send.error) : undefined)}
          />
          {send.data && <Result result={send.data} onClose={onClose} />}
          {send.isError && !atAddress && (
            <Alert color="red" variant="light" role="alert" title="It could not be sent">
              {sentence(send.error)}
            </Alert>
          )}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              Close
            </Button>
            <Button type="submit" loading={send.isPending}>
              Send it
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function Result({ result, onClose }: { result: MailTest; onClose: () => void }) {
  if (!result.ok) {
    return (
      <Alert color="red" variant="light" role="alert" title={FAULTS[result.fault ?? ""] ?? "The letter was not sent"} style={{ overflowWrap: "anywhere" }}>
        {result.message}
      </Alert>
    );
  }
  return (
    <Alert color="teal" variant="light" role="status" title={result.mail_id ? "The letter was written" : "The relay took the letter"}>
      {result.message}
      {result.mail_id && (
        <>
          {" "}
          <TextLink to="/mail" search={{ message: result.mail_id }} size="sm" underline="always" onClick={onClose}>
            Read it
          </TextLink>
        </>
      )}
    </Alert>
  );
}
