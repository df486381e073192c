/** An export as a command to paste into a shell. */

/**
 * The call that starts an export. The body stands between two lines of its own, so that no quote in it means anything
 * to the shell.
 */
export function curl(origin: string, body: unknown, withKey: boolean): string {
  const headers = [
    ...(withKey ? ['-H "Authorization: Bearer $WAYFARE_API_KEY"'] : []),
    "-H 'Content-Type: application/json'",
    "--data-binary @- <<'BODY'",
  ];
  return [`curl --fail-with-body '${origin}/api/v1/exports' \\`, ...headers.map((line, at) => `  ${line}${at < headers.length - 1 ? " \\" : ""}`), JSON.stringify(body, null, 2), "BODY"].join("\n");
}
