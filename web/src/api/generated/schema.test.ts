import { readFileSync } from "node:fs";
import openapiTS, { astToString, COMMENT_HEADER } from "openapi-typescript";
import { expect, test } from "vitest";

test("the types are those of docs/openapi.json; `npm run generate` makes them anew", async () => {
  const made = astToString(await openapiTS(new URL("../../../../docs/openapi.json", import.meta.url)));
  const kept = readFileSync(new URL("schema.ts", import.meta.url), "utf8");
  expect(kept === `${COMMENT_HEADER}${made}`, "src/api/generated/schema.ts is stale").toBe(true);
}, 60_000);
