import { Alert, List, Text } from "@mantine/core";
import IconAlertTriangle from "@tabler/icons-react/icons/IconAlertTriangle";
import IconShieldCheck from "@tabler/icons-react/icons/IconShieldCheck";
import { sentence } from "../api/errors";
import type { VerifyReport } from "../api/exports";
import { bytes, plural } from "../format/number";

interface Props {
  report: VerifyReport | undefined;
  error: unknown;
  pending: boolean;
}

/** Whether the files are what the manifest says; every difference by its file. */
export function VerifyResult({ report, error, pending }: Props) {
  const problems = report?.exports.flatMap((one) => one.problems) ?? [];
  const sum = (of: "rows" | "bytes" | "parts") => report?.exports.reduce((all, one) => all + one[of], 0) ?? 0;
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
      ) : report?.ok ? (
        <Alert color="teal" variant="light" icon={<IconShieldCheck size={18} />} title="Everything is as the manifest says">
          {plural(sum("rows"), "row", "rows")} and {bytes(sum("bytes"))} in {plural(sum("parts"), "file", "files")} were read again.
        </Alert>
      ) : report ? (
        <Alert color="red" variant="light" icon={<IconAlertTriangle size={18} />} title="The files are not what the manifest says">
          <List size="sm" spacing={4}>
            {problems.map(({ file, message }) => (
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
