import { Badge, Button, Text, UnstyledButton } from "@mantine/core";
import IconKey from "@tabler/icons-react/icons/IconKey";
import IconPlus from "@tabler/icons-react/icons/IconPlus";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { keysQuery } from "../api/keys";
import type { ApiKey } from "../api/keys";
import { QueryFailure } from "../components/QueryFailure";
import { Who } from "../components/Who";
import { KeyForm } from "../forms/key/KeyForm";
import { KeyMenu } from "../forms/key/KeyMenu";
import { SecretOnce } from "../forms/SecretOnce";
import type { SecretTold } from "../forms/SecretOnce";
import { policyWords } from "../format/policy";
import { columnsOf, DataTable } from "../ui/DataTable";
import { Notice } from "../ui/Notice";
import { PageHeader } from "../ui/PageHeader";
import { Panel } from "../ui/Panel";
import { Time } from "../ui/Time";

const NONE: ApiKey[] = [];

/** Named API keys: whose they are, and what each gets to see. */
export function KeysPage() {
  const keys = useQuery(keysQuery());
  const [form, setForm] = useState<"new" | ApiKey>();
  const [told, setTold] = useState<SecretTold>();
  const columns = useMemo(() => makeColumns(setForm, setTold), []);
  const rows = keys.data?.keys ?? NONE;
  const add = (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setForm("new")} aria-haspopup="dialog">
      New key
    </Button>
  );
  return (
    <>
      <PageHeader title="API keys" actions={add}>
        Keys with a name, each with a policy that says what it gets to see of whom.
      </PageHeader>
      <Panel>
        {keys.isError ? (
          <QueryFailure error={keys.error} retry={keys.refetch} />
        ) : keys.data && rows.length === 0 ? (
          <Notice icon={<IconKey size={22} />} title="No keys yet">
            A key lets a program export. Its policy leaves columns out, masks, hashes or coarsens them, in every file and preview.
          </Notice>
        ) : (
          <DataTable stack label="API keys" columns={columns} rows={rows} rowId={({ id }) => id} loading={keys.isPending} />
        )}
      </Panel>
      {form && <KeyForm changed={form === "new" ? undefined : form} onSecret={setTold} onClose={() => setForm(undefined)} />}
      {told && <SecretOnce told={told} use="Programs send it as “Authorization: Bearer …”." onClose={() => setTold(undefined)} />}
    </>
  );
}

function makeColumns(onChange: (key: ApiKey) => void, onSecret: (told: SecretTold) => void) {
  const column = columnsOf<ApiKey>();
  return column.columns([
    column.display({
      id: "name",
      header: "Key",
      cell: ({ row: { original: key } }) => (
        <div style={{ minWidth: 140, maxWidth: 260 }}>
          <UnstyledButton onClick={() => onChange(key)} aria-haspopup="dialog">
            <Text size="sm" fw={550} style={{ overflowWrap: "anywhere" }}>
              {key.name}
            </Text>
          </UnstyledButton>
          <Text size="xs" c="dimmed" className="mono">
            {key.hint.replace(/…?$/, "…")}
          </Text>
        </div>
      ),
    }),
    column.display({ id: "policy", header: "What it sees", cell: ({ row }) => <PolicyLines lines={policyWords(row.original.policy)} /> }),
    column.display({
      id: "state",
      header: "State",
      cell: ({ row: { original: key } }) => (
        <>
          <Badge variant="dot" color={key.disabled ? "gray" : "teal"} radius="sm" tt="none" fw={550}>
            {key.disabled ? "Disabled" : "Enabled"}
          </Badge>
          {key.last_used_at && (
            <Text size="xs" c="dimmed" mt={2} component="div" style={{ whiteSpace: "nowrap" }}>
              used <Time value={key.last_used_at} />
            </Text>
          )}
        </>
      ),
    }),
    column.display({
      id: "made",
      header: "Made",
      cell: ({ row: { original: key } }) => (
        <>
          <Time value={key.created_at} />
          <Text size="xs" c="dimmed">
            by <Who who={key.created_by} />
          </Text>
        </>
      ),
    }),
    column.display({
      id: "actions",
      header: "Actions",
      cell: ({ row: { original: key } }) => <KeyMenu apiKey={key} onChange={() => onChange(key)} onSecret={onSecret} />,
    }),
  ]);
}

function PolicyLines({ lines }: { lines: string[] }) {
  return (
    <ul style={{ margin: 0, padding: 0, listStyle: "none", minWidth: 220, maxWidth: 460 }}>
      {lines.map((line) => (
        <Text key={line} component="li" size="sm" style={{ overflowWrap: "anywhere" }}>
          {line}
        </Text>
      ))}
    </ul>
  );
}
