import { Alert, Button, Group, Input, Modal, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { aboutQuery } from "../api/about";
import { ApiError } from "../api/client";
import { dictionaryQuery } from "../api/dictionary";
import { refusedPath, sentence } from "../api/errors";
import { startExport } from "../api/exports";
import { TIMEZONE } from "../api/timezone";
import type { Compression, Definition, Dictionary, ExportFormat, ExportRequest, Formulas } from "../api/types";
import { CountText } from "../components/CountText";
import { QueryFailure } from "../components/QueryFailure";
import { TextLink } from "../components/links";
import { useSegmentCount } from "../components/useSegmentCount";
import { Pick } from "../ui/Pick";
import { AttributePicker } from "./AttributePicker";
import { DestinationChoice } from "./DestinationChoice";
import { ExportRunning } from "./ExportRunning";
import { newKey } from "./idempotency";

interface Props {
  /** The filter whose people are exported; none is everyone. */
  definition: Definition | undefined;
  asOf: string | undefined;
  /** Whether the list is also narrowed by a search, which an export does not take. */
  searched: boolean;
  onClose: () => void;
}

/** Takes the filtered people away as a file: asks for what goes in, then follows the job. */
export function ExportForm({ definition, asOf, searched, onClose }: Props) {
  const [job, setJob] = useState<string>();
  return (
    <Modal
      opened
      onClose={onClose}
      size={720}
      title={<Text component="span" fw={640}>Export people</Text>}
      closeButtonProps={{ "aria-label": "Close export" }}
    >
      {job ? (
        <ExportRunning id={job} onClose={onClose} />
      ) : (
        <Choose definition={definition} asOf={asOf} searched={searched} onClose={onClose} onStarted={setJob} />
      )}
    </Modal>
  );
}

function Choose(props: Props & { onStarted: (id: string) => void }) {
  const dictionary = useQuery(dictionaryQuery());
  if (dictionary.isError) return <QueryFailure error={dictionary.error} retry={dictionary.refetch} />;
  if (!dictionary.data) return <Skeleton h={420} />;
  return <Fields {...props} dictionary={dictionary.data} />;
}

const FORMATS: { value: ExportFormat; label: string }[] = [
  { value: "csv", label: "CSV" },
  { value: "ndjson", label: "NDJSON" },
  { value: "parquet", label: "Parquet" },
];
const COMPRESSIONS: { value: Compression | ""; label: string }[] = [
  { value: "", label: "None" },
  { value: "gzip", label: "gzip" },
  { value: "zstd", label: "zstd" },
];
const FORMULAS: { value: Formulas; label: string }[] = [
  { value: "escape", label: "Escape them" },
  { value: "raw", label: "Keep them as they are" },
  { value: "refuse", label: "Refuse to export" },
];

/** The few attributes of a small dictionary are all wanted; of a large one, people choose. */
function startingAttributes(dictionary: Dictionary): string[] {
  const attributes = dictionary.attributes.map((field) => field.name);
  return ["user_id", ...(attributes.length <= 10 ? attributes : [])];
}

function Fields({ definition, asOf, searched, onClose, onStarted, dictionary }: Props & { onStarted: (id: string) => void; dictionary: Dictionary }) {
  const [attributes, setAttributes] = useState(() => startingAttributes(dictionary));
  const [format, setFormat] = useState<ExportFormat>("csv");
  const [compression, setCompression] = useState<Compression | "">("");
  const [formulas, setFormulas] = useState<Formulas>("escape");
  const [email, setEmail] = useState("");
  const [destinations, setDestinations] = useState<string[]>([]);
  const key = useRef("");
  const about = useQuery(aboutQuery());
  const counted = useSegmentCount(definition, asOf);
  const queries = useQueryClient();
  const body: ExportRequest = {
    kind: "profiles",
    definition,
    attributes,
    format,
    compression: format === "parquet" || compression === "" ? undefined : compression,
    formulas: format === "csv" ? formulas : undefined,
    email: email.trim() || undefined,
    destinations: destinations.length > 0 ? destinations : undefined,
    as_of: asOf,
    timezone: TIMEZONE,
  };
  const start = useMutation({
    mutationFn: () => {
      key.current ||= newKey();
      return startExport(body, key.current);
    },
    // Once answered, the next press is another request; without an answer it may be the same job.
    onError: (error) => {
      if (error instanceof ApiError) key.current = "";
    },
    onSuccess: (job) => {
      queries.setQueryData(["exports", job.id], job);
      void queries.invalidateQueries({ queryKey: ["exports", "list"] });
      onStarted(job.id);
    },
  });
  const path = refusedPath(start.error);
  const at = (name: string) => (path?.startsWith(name) ? sentence(start.error) : undefined);
  const elsewhere = start.error && !at("email") && !at("attributes") && !at("destinations") ? sentence(start.error) : undefined;
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        start.mutate();
      }}
    >
      <Stack gap="md">
        <div>
          <CountText data={counted.data} error={counted.error} pending={counted.pending} filters={definition ? (counted.data?.filters ?? 0) : 0} />
          {definition && counted.data && (
            <Text size="sm" c="dimmed" lineClamp={3}>
              {counted.data.words}
            </Text>
          )}
        </div>
        {searched && (
          <Alert color="yellow" variant="light">
            The search box narrows only the list. The export takes everyone whom the filters leave.
          </Alert>
        )}
        <Input.Wrapper label="Attributes" labelElement="div" error={at("attributes")}>
          <AttributePicker dictionary={dictionary} value={attributes} onChange={setAttributes} />
        </Input.Wrapper>
        <Group grow align="flex-start">
          <Pick label="Format" options={FORMATS} value={format} onChange={setFormat} />
          <Pick label="Compression" options={COMPRESSIONS} value={format === "parquet" ? "" : compression} onChange={setCompression} disabled={format === "parquet"} />
          {format === "csv" && <Pick label="Cells that look like formulas" options={FORMULAS} value={formulas} onChange={setFormulas} />}
        </Group>
        <TextInput
          type="email"
          label="E-mail address"
          description={
            about.data?.mail === "directory"
              ? "The link goes there when the file is ready. No mail relay is set, so the letter appears under Mail."
              : "The link goes there when the file is ready."
          }
          placeholder="you@example.com"
          autoComplete="email"
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
          error={at("email")}
        />
        <DestinationChoice values={destinations} onChange={setDestinations} error={at("destinations")} />
        {elsewhere && (
          <Alert color="red" variant="light" role="alert">
            {elsewhere}
          </Alert>
        )}
        <Group justify="space-between">
          <TextLink to="/exports/new" search={{ body }} size="sm">
            All options, preview and API body
          </TextLink>
          <Group gap="sm">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={start.isPending}>
              Start export
            </Button>
          </Group>
        </Group>
      </Stack>
    </form>
  );
}
