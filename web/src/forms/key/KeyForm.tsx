import { Alert, Button, Group, Modal, Radio, Stack, Switch, Text, TextInput, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useId, useRef, useState } from "react";
import { refusedPath, sentence } from "../../api/errors";
import { changeKey, makeKey } from "../../api/keys";
import type { ApiKey } from "../../api/keys";
import type { Missing } from "../../filters/complete";
import { CodeBlock, CopyText } from "../../ui/CodeBlock";
import { Faults, useFault } from "../filter/faults";
import type { SecretTold } from "../SecretOnce";
import { KEY, missing, newDraft, ofKey, writeKey } from "./draft";
import type { KeyDraft } from "./draft";
import classes from "./key.module.css";
import { PolicyForm } from "./PolicyForm";

interface Props {
  /** The key that is changed; a new one without. */
  changed?: ApiKey;
  onSecret: (told: SecretTold) => void;
  onClose: () => void;
}

/** Makes a key or changes one, with the same as a body of the API beside the form. */
export function KeyForm({ changed, onSecret, onClose }: Props) {
  const queries = useQueryClient();
  const [draft, setDraft] = useState(() => (changed ? ofKey(changed) : newDraft()));
  const [tries, setTries] = useState(0);
  const form = useRef<HTMLFormElement>(null);
  const { body, fieldAt } = writeKey(draft);
  const open = missing(draft);
  const request = changed ? { ...body, policy: body.policy ?? null, disabled: draft.disabled, revision: changed.revision } : body;
  const save = useMutation({
    mutationFn: async () => {
      if (!changed) return makeKey(body);
      await changeKey(changed.id, { ...body, policy: body.policy ?? null, disabled: draft.disabled, revision: changed.revision });
      return undefined;
    },
    onSuccess: (made) => {
      onClose();
      if (made) onSecret({ name: made.name, secret: made.secret });
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ["keys"] }),
  });
  const path = refusedPath(save.error);
  const faults: Missing[] = [
    ...(tries > 0 ? open : []),
    ...(path === undefined ? [] : [{ ...fieldAt(path), message: sentence(save.error) }]),
  ];
  useEffect(() => {
    // What is wrong is said where it is; the first such place gets the focus.
    if (tries > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [tries, path]);
  const patch = (change: Partial<KeyDraft>) => {
    save.reset();
    setDraft((before) => ({ ...before, ...change }));
  };
  return (
    <Modal
      opened
      onClose={onClose}
      size={1080}
      title={
        <Text component="span" fw={640}>
          {changed ? "Change API key" : "New API key"}
        </Text>
      }
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <Faults value={faults}>
        <form
          ref={form}
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            setTries((times) => times + 1);
            if (open.length === 0) save.mutate();
          }}
        >
          <div className={classes.layout}>
            <Fields draft={draft} isNew={!changed} onChange={patch} />
            <BodyAside address={changed ? `PUT /api/v1/keys/${changed.id}` : "POST /api/v1/keys"} body={request} partial={open.length > 0} />
          </div>
          <div className={classes.foot}>
            {save.isError && (
              <Alert color="red" variant="light" role="alert" title="The key was not saved" mb="sm" p="xs">
                {path && (
                  <>
                    At <span className="mono">{path}</span>:{" "}
                  </>
                )}
                {sentence(save.error)}
              </Alert>
            )}
            <Group justify="flex-end" gap="sm">
              <Button variant="default" onClick={onClose}>
                Cancel
              </Button>
              <Button type="submit" loading={save.isPending}>
                {changed ? "Save" : "Make key"}
              </Button>
            </Group>
          </div>
        </form>
      </Faults>
    </Modal>
  );
}

interface FieldsProps {
  draft: KeyDraft;
  isNew: boolean;
  onChange: (change: Partial<KeyDraft>) => void;
}

function Fields({ draft, isNew, onChange }: FieldsProps) {
  const fault = useFault(KEY, "name");
  return (
    <Stack>
      <TextInput
        label="Name"
        description="Whose it is. Exports, their manifests and the audit name it."
        data-autofocus
        maxLength={200}
        value={draft.name}
        onChange={(event) => onChange({ name: event.currentTarget.value })}
        error={fault}
      />
      <Radio.Group label="What it may do" value={draft.limited ? "policy" : "all"} onChange={(chosen) => onChange({ limited: chosen === "policy" })}>
        <Stack gap={6} mt={4}>
          <Radio value="policy" label="Exports under a policy" description="Its own exports, with the columns as below, and nothing else." />
          <Radio value="all" label="Everything" description="What the service's own key may, save managing keys." />
        </Stack>
      </Radio.Group>
      {draft.limited && <PolicyForm draft={draft} onChange={onChange} />}
      {!isNew && (
        <Switch
          label="Disabled"
          description="Whoever uses it is refused."
          checked={draft.disabled}
          onChange={(event) => onChange({ disabled: event.currentTarget.checked })}
        />
      )}
    </Stack>
  );
}

interface AsideProps {
  address: string;
  body: object;
  /** Whether something was left out because it is not whole yet. */
  partial: boolean;
}

/** The form as the body of the API, which follows every change. */
function BodyAside({ address, body, partial }: AsideProps) {
  const id = useId();
  const text = JSON.stringify(body, null, 2);
  return (
    <section className={classes.aside} aria-labelledby={id}>
      <Title order={2} id={id} mb={4}>
        The same over the API
      </Title>
      <Text size="xs" c="dimmed" mb="xs" style={{ overflowWrap: "anywhere" }}>
        The body of <span className="mono">{address}</span>.{partial && " What is not filled in yet is left out."}
      </Text>
      <CodeBlock label="API body" text={text} height="min(420px, 48vh)" />
      <Group mt="sm">
        <CopyText text={text} what="API body" />
      </Group>
    </section>
  );
}
