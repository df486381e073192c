import { Alert, Button, Group, Modal, PasswordInput, Stack, Switch, Text, Textarea, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { changeDestination, makeDestination, testSettings } from "../api/destinations";
import { refusedPath, sentence } from "../api/errors";
import type { Destination } from "../api/types";
import { DestinationTestResult } from "../components/DestinationTestResult";
import { Pick } from "../ui/Pick";
import { FIELDS, fieldAt, isSet, KINDS, settingsOf, valuesOf } from "./destination/fields";
import type { Field, Kind, Values } from "./destination/fields";
import type { ToldSecret } from "./EndpointSecret";

interface Props {
  /** The one that is changed; none, and a new one is made. */
  destination?: Destination;
  /** A secret was made for it, which is shown this once. */
  onSecret: (told: ToldSecret) => void;
  onClose: () => void;
}

/** Makes or changes a destination, and tests it before it is kept. */
export function DestinationForm({ destination, onSecret, onClose }: Props) {
  const queries = useQueryClient();
  const [name, setName] = useState(destination?.name ?? "");
  const [kind, setKind] = useState<Kind>(destination?.settings.kind ?? "s3");
  const [values, setValues] = useState<Values>(() => (destination ? valuesOf(destination) : {}));
  const [disabled, setDisabled] = useState(destination?.disabled ?? false);
  const settings = settingsOf(kind, values, destination);
  const test = useMutation({ mutationFn: () => testSettings(settings, destination?.id) });
  const save = useMutation({
    mutationFn: () => {
      const form = { name: name.trim(), disabled, settings };
      return destination ? changeDestination(destination.id, { ...form, revision: destination.revision }) : makeDestination(form);
    },
    onSuccess: (kept) => {
      notifications.show({ color: "teal", title: "Destination saved", message: `Exports can be sent to “${kept.name}”.` });
      onClose();
      if (kept.signing_secret) onSecret({ name: kept.name, secret: kept.signing_secret, replaces: false });
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ["destinations"] }),
  });
  const refused = save.error ?? (refusedPath(test.error) === undefined ? undefined : test.error);
  const path = fieldAt(refusedPath(refused));
  const places = ["name", "settings.kind", ...FIELDS[kind].map((field) => `settings.${field.name}`)];
  const at = (place: string) => (path === place ? sentence(refused) : undefined);
  const elsewhere = refused && !places.includes(path ?? "") ? sentence(refused) : undefined;
  const set = (field: string, value: string) => {
    test.reset();
    setValues((known) => ({ ...known, [field]: value }));
  };
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={<Text component="span" fw={640}>{destination ? "Change destination" : "New destination"}</Text>}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Stack>
          <TextInput label="Name" required data-autofocus maxLength={200} value={name} onChange={(event) => setName(event.currentTarget.value)} error={at("name")} />
          <Pick
            label="Kind"
            options={KINDS}
            value={kind}
            onChange={(chosen) => {
              test.reset();
              save.reset();
              setKind(chosen);
            }}
            error={at("settings.kind")}
          />
          {FIELDS[kind].map((field) => (
            <Entry
              key={`${kind} ${field.name}`}
              field={field}
              kept={isSet(destination, kind, field.name)}
              value={values[field.name] ?? ""}
              onChange={(value) => set(field.name, value)}
              error={at(`settings.${field.name}`)}
            />
          ))}
          {destination && (
            <Switch
              label="Disabled"
              description="Nothing is sent there for now."
              checked={disabled}
              onChange={(event) => setDisabled(event.currentTarget.checked)}
            />
          )}
          {elsewhere && (
            <Alert color="red" variant="light" role="alert" title="The destination was not saved">
              {elsewhere}
            </Alert>
          )}
          <DestinationTestResult result={test.data} error={path === undefined ? test.error : undefined} />
          <Group justify="space-between">
            <Button variant="default" loading={test.isPending} onClick={() => test.mutate()}>
              Test it
            </Button>
            <Group gap="sm">
              <Button variant="default" onClick={onClose}>
                Cancel
              </Button>
              <Button type="submit" loading={save.isPending}>
                Save
              </Button>
            </Group>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

interface EntryProps {
  field: Field;
  /** Whether a secret is kept, which stays where nothing is typed. */
  kept: boolean;
  value: string;
  onChange: (value: string) => void;
  error: string | undefined;
}

function Entry({ field, kept, value, onChange, error }: EntryProps) {
  const { label, description, optional, secret, lines } = field;
  const given = {
    label,
    description,
    value,
    error,
    required: !optional && !kept,
    withAsterisk: !optional,
    placeholder: kept ? "Kept; type to replace it" : field.placeholder,
    autoComplete: "off",
  };
  if (lines) {
    return <Textarea {...given} autosize minRows={2} maxRows={8} onChange={(event) => onChange(event.currentTarget.value)} />;
  }
  return secret ? (
    <PasswordInput {...given} autoComplete="new-password" onChange={(event) => onChange(event.currentTarget.value)} />
  ) : (
    <TextInput {...given} onChange={(event) => onChange(event.currentTarget.value)} />
  );
}
