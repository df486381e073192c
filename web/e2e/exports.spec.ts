import { readFile } from "node:fs/promises";
import { accessible, csvColumn, expect, test } from "./page";

test("an export of everyone is listed, proven and downloaded again", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto("/");
  await page.getByRole("button", { name: "Export", exact: true }).click();
  const form = page.getByRole("dialog", { name: "Export people" });
  await accessible(page);
  await form.getByRole("button", { name: "Start export" }).click();
  await expect(form.getByRole("status")).toContainText("Complete17,000 rows");
  await form.getByRole("link", { name: "See it under Exports" }).click();

  const details = page.getByRole("dialog", { name: "Export" });
  await expect(details).toContainText("SHA-256");
  await expect(details.getByRole("region", { name: "Manifest" })).toContainText('"rows": 17000');
  await accessible(page);
  const [download] = await Promise.all([page.waitForEvent("download"), details.getByRole("button", { name: "Download" }).click()]);
  expect(csvColumn(await readFile(await download.path(), "utf8"), "user_id")).toHaveLength(17_000);
  await details.getByRole("button", { name: "Close details" }).click();

  const row = page.getByRole("row").filter({ hasText: "17,000" }).first();
  await expect(row).toContainText("Complete");
  await row.getByRole("button", { name: /^More for export/ }).click();
  await page.getByRole("menuitem", { name: "Copy a new link" }).click();
  await expect(page.getByText("Link copied")).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain("/download/exp_");
  await accessible(page);
});

test("an address that is no e-mail address is refused at its field", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("button", { name: "Export", exact: true }).click();
  const form = page.getByRole("dialog", { name: "Export people" });
  await form.getByLabel("E-mail address").fill("not an address");
  await form.getByRole("button", { name: "Start export" }).click();
  await expect(form.getByLabel("E-mail address")).toHaveAttribute("aria-invalid", "true");
});

/** A job as the service tells it, at a moment that a quick machine never shows. */
const job = (told: Record<string, unknown>) => ({
  id: "exp_test",
  kind: "messages",
  status: "running",
  created_at: "2026-09-01T00:00:00Z",
  progress: { rows: 250, rows_expected: 1000, bytes: 4096, percent: 25 },
  filter_words: "everyone",
  filters: 0,
  attributes: [],
  format: "csv",
  requested_by: "test",
  as_of: "2026-09-01T00:00:00Z",
  parts: [],
  warnings: [],
  deliveries: [],
  files_gone: false,
  ...told,
});

test("a job that failed says why, is tried again, and used again", async ({ page }) => {
  const request = { kind: "messages", format: "csv", journeys: { ids: [1007] } };
  let told = job({ status: "failed", error: "the disk is full", attempts: 1, request });
  await page.route("**/api/v1/exports?*", (route) => route.fulfill({ json: { exports: [told] } }));
  await page.route("**/api/v1/exports/exp_test", (route) => route.fulfill({ json: told }));
  await page.route("**/api/v1/exports/exp_test/retry", (route) => {
    told = job({ attempts: 2, seconds_left: 130, request });
    return route.fulfill({ json: told });
  });
  await page.goto("/exports?job=exp_test");
  const details = page.getByRole("dialog", { name: "Export" });
  await expect(details.getByRole("alert")).toContainText("the disk is full");
  await accessible(page);
  await details.getByRole("button", { name: "Try again" }).click();
  await expect(details.getByRole("status").first()).toHaveText("Running");
  await expect(details).toContainText("250 of 1,000 rows · 4.1 kB25% · about 2 min left");
  await expect(details.getByRole("button", { name: "Cancel export" })).toBeVisible();
  // It has no manifest yet, and is used again all the same.
  await details.getByRole("link", { name: "Use again" }).click();
  await expect(page.getByRole("radio", { name: "Messages" })).toBeChecked();
  expect(JSON.parse(await page.getByRole("region", { name: "API body" }).innerText())).toMatchObject(request);
});

test("files that are not what the manifest says are named, and so is a hook that does not answer", async ({ page }) => {
  const part = { file: "part-00001.csv", rows: 1000, bytes: 4096, sha256: "00".repeat(32) };
  const hook = { status: "waiting", attempts: 3, next_attempt_at: "2026-09-01T06:00:00Z", last_error: "it answered 503" };
  const told = job({ status: "complete", rows: 1000, bytes: 4096, parts: [part], hook });
  await page.route("**/api/v1/exports?*", (route) => route.fulfill({ json: { exports: [told] } }));
  await page.route("**/api/v1/exports/exp_test", (route) => route.fulfill({ json: told }));
  await page.route("**/api/v1/exports/exp_test/manifest", (route) => route.fulfill({ json: { rows: 1000 } }));
  await page.route("**/api/v1/exports/exp_test/verify", (route) =>
    route.fulfill({ json: { ok: false, rows: 1000, bytes: 4096, parts: 1, problems: [{ file: part.file, message: "has another SHA-256" }] } }),
  );
  await page.goto("/exports?job=exp_test");
  const details = page.getByRole("dialog", { name: "Export" });
  await expect(details).toContainText("it answered 503");
  await expect(details).toContainText("3 attempts");
  await details.getByRole("button", { name: "Verify" }).click();
  await expect(details.getByRole("alert")).toContainText("part-00001.csv has another SHA-256");
  await accessible(page);
});
