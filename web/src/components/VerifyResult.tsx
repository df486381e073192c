import { Alert, List, Text } from "@mantine/core";
import IconAlertTriangle from "@tabler/icons-react/icons/IconAlertTriangle";
import IconShieldCheck from "@tabler/icons-react/icons/IconShieldCheck";
import { sentence } from "../api/errors";
import type { VerifyReport } from "../api/types";
import { bytes, plural } from "../format/number";

const SIGNATURES: Record<VerifyReport["signature"], string> = {
  absent: "The manifest is not signed.",
  unchecked: "The manifest is signed; the signature was not checked.",
  good: "The signature of the manifest is good.",
  bad: "The signature of the manifest is not good.",
};

interface Props {
  report: VerifyReport | undefined;
  error: unknown;
  pending: boolean;
}

/** Whether the files are what the manifest says; every difference by its file. */
export function VerifyResult({ report, error, pending }: Props) {
  return (
    <div role="status">
      {pending ? (
        <Text size="sm" c="dimmed">
          Reading every row of every file…
        </Text>
      ) : error ? (
        <Alert color="red" variant="light" title="The files could not be verified">
          {sentence(error)}
        </Alert>
      ) : report?.problems.length === 0 ? (
        <Alert variant="light" icon={<IconShieldCheck size={18} />} title="Everything is as the manifest says">
          {plural(report.rows, "row", "rows")} and {bytes(report.bytes)} in {plural(report.parts, "file", "files")} were read again.{" "}
          {SIGNATURES[report.signature]}
        </Alert>
      ) : report ? (
        <Alert color="red" variant="light" icon={<IconAlertTriangle size={18} />} title="The files are not what the manifest says">
          <List size="sm" spacing={4}>
            {report.problems.map(({ file, message }) => (
              <List.Item key={`${file ?? ""} ${message}`}>
                {file && <span className="mono">{file}</span>} {message}
              </List.Item>
            ))}
          </List>
        </Alert>
      ) : null}
    </div>
  );
}
