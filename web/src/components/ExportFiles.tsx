import { Button, Group, Skeleton, Text, Title } from "@mantine/core";
import IconDownload from "@tabler/icons-react/icons/IconDownload";
import IconLink from "@tabler/icons-react/icons/IconLink";
import IconLinkOff from "@tabler/icons-react/icons/IconLinkOff";
import IconShieldCheck from "@tabler/icons-react/icons/IconShieldCheck";
import { useQuery } from "@tanstack/react-query";
import { dictionaryOf, manifestQuery } from "../api/exports";
import type { ExportJob } from "../api/types";
import { bytes, plural } from "../format/number";
import { CodeBlock, CopyText } from "../ui/CodeBlock";
import { CopyId } from "../ui/CopyId";
import { Facts } from "../ui/Facts";
import { ExportDownloads } from "./ExportDownloads";
import { QueryFailure } from "./QueryFailure";
import { useJobActions } from "./useJobActions";
import { VerifyResult } from "./VerifyResult";

/** The files of a complete export: to take away, to prove, with their checksums and the manifest. */
export function ExportFiles({ job }: { job: ExportJob }) {
  const { copyLink, download, revoke, verify } = useJobActions(job.id);
  const manifest = useQuery(manifestQuery(job.id));
  const dictionary = dictionaryOf(manifest.data);
  return (
    <>
      <Group gap="sm">
        <Button leftSection={<IconDownload size={16} />} loading={download.isPending} onClick={() => download.mutate()}>
          Download
        </Button>
        <Button variant="default" leftSection={<IconLink size={16} />} loading={copyLink.isPending} onClick={() => copyLink.mutate()}>
          Copy a new link
        </Button>
        <Button variant="default" leftSection={<IconShieldCheck size={16} />} loading={verify.isPending} onClick={() => verify.mutate()}>
          Verify
        </Button>
        <Button variant="default" leftSection={<IconLinkOff size={16} />} loading={revoke.isPending} onClick={() => revoke.mutate()}>
          Take back all links
        </Button>
      </Group>
      <VerifyResult report={verify.data} error={verify.error} pending={verify.isPending} />
      <section>
        <Title order={2} mb={4}>
          {plural(job.parts.length + (dictionary ? 1 : 0), "file", "files")}
        </Title>
        <Facts
          facts={[
            ...job.parts.map((part) => ({
              label: part.file,
              note: `${plural(part.rows, "row", "rows")} · ${bytes(part.bytes)}`,
              value: <Checksum file={part.file} sha256={part.sha256} />,
            })),
            ...(dictionary
              ? [{ label: dictionary.file, note: `what each column means · ${bytes(dictionary.bytes)}`, value: <Checksum file={dictionary.file} sha256={dictionary.sha256} /> }]
              : []),
          ]}
        />
      </section>
      <ExportDownloads id={job.id} />
      <Manifest id={job.id} />
    </>
  );
}

function Checksum({ file, sha256 }: { file: string; sha256: string }) {
  return (
    <Group gap={4} wrap="nowrap">
      <Text size="xs" className="mono" style={{ overflowWrap: "anywhere" }}>
        SHA-256 {sha256}
      </Text>
      <CopyId value={sha256} what={`SHA-256 of ${file}`} />
    </Group>
  );
}

function Manifest({ id }: { id: string }) {
  const manifest = useQuery(manifestQuery(id));
  const text = manifest.data && JSON.stringify(manifest.data, null, 2);
  return (
    <section>
      <Group justify="space-between" mb="xs">
        <Title order={2}>Manifest</Title>
        {text && <CopyText text={text} what="manifest" />}
      </Group>
      {manifest.isError ? (
        <QueryFailure error={manifest.error} retry={manifest.refetch} />
      ) : text ? (
        <CodeBlock label="Manifest" text={text} />
      ) : (
        <Skeleton h={160} />
      )}
    </section>
  );
}
