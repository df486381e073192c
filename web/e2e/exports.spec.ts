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
