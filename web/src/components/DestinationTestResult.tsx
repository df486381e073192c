import { Alert } from "@mantine/core";
import { sentence } from "../api/errors";
import type { DestinationTest } from "../api/types";

const FAULTS: Record<string, string> = {
  name: "The name leads nowhere",
  private_address: "The address is a private one",
  port: "Nobody listens at that port",
  certificate: "The server is not the one to trust",
  credentials: "The server does not know the key",
  rights: "The key may not do that",
  bucket: "The bucket or folder is not there",
  quota: "There is no room",
  content: "What arrived is not what was sent",
  unavailable: "The server has no time, or a fault",
  connection: "The connection broke off",
  settings: "The settings lead nowhere",
  files: "A file could not be read",
  recipient: "The relay refuses an address",
  answer: "The answer was no success",
};

/** What the test of a destination came to, in words. */
export function DestinationTestResult({ result, error }: { result: DestinationTest | undefined; error: unknown }) {
  if (error) {
    return (
      <Alert color="red" variant="light" role="alert" title="It could not be tested">
        {sentence(error)}
      </Alert>
    );
  }
  if (!result) return null;
  return result.ok ? (
    <Alert color="teal" variant="light" role="status" title="It works">
      {result.message}
    </Alert>
  ) : (
    <Alert color="red" variant="light" role="alert" title={FAULTS[result.fault ?? ""] ?? "It does not work"} style={{ overflowWrap: "anywhere" }}>
      {result.message}
    </Alert>
  );
}
