import { readdir } from "node:fs/promises";
import path from "node:path";
import { accessible, expect, test } from "./page";

test("a destination is made, tested, and an export sent to it", async ({ page }) => {
  const folder = path.join(process.env.WAYFARE_EXPORTS ?? "", "share");
  await page.goto("/destinations");
  await expect(page.getByText("No destinations yet")).toBeVisible();
  await accessible(page);
  await page.getByRole("button", { name: "New destination" }).click();
  const form = page.getByRole("dialog", { name: "New destination" });
  await form.getByLabel("Name").fill("Share");
  await form.getByRole("combobox", { name: "Kind" }).click();
  await page.locator('[role="listbox"]:visible').getByRole("option", { name: "Folder of the service's machine" }).click();
  await form.getByLabel("Path").fill("/etc");
  await form.getByRole("button", { name: "Test it" }).click();
  await expect(form.getByRole("alert")).toContainText("does not lie below");
  await accessible(page);
  await form.getByLabel("Path").fill(folder);
  await form.getByRole("button", { name: "Test it" }).click();
  await expect(form.getByRole("status")).toContainText("It works");
  await form.getByRole("button", { name: "Save" }).click();
  const row = page.getByRole("row").filter({ hasText: "Share" });
  await expect(row).toContainText(folder);
  await row.getByRole("button", { name: "Test destination Share" }).click();
  await expect(row.getByRole("status")).toContainText("It works");
  await accessible(page);

  const body = { kind: "profiles", format: "csv", attributes: ["user_id"] };
  await page.goto(`/exports/new?body=${encodeURIComponent(JSON.stringify(body))}`);
  const chosen = page.getByRole("combobox", { name: "Destinations" });
  await chosen.click();
  await page.locator('[role="listbox"]:visible').getByRole("option", { name: "Share" }).click();
  await chosen.blur();
  await page.getByRole("button", { name: /^Run/ }).click();
  await expect(page).toHaveURL(/job=exp_/);
  const details = page.getByRole("dialog", { name: "Export" });
  await expect(details.getByRole("listitem").filter({ hasText: "Share" })).toContainText("Delivered");
  await accessible(page);
  const written = await readdir(folder, { recursive: true });
  expect(written.some((name) => name.endsWith("manifest.json"))).toBe(true);

  // From the short form too.
  await page.goto("/");
  await page.getByRole("button", { name: "Export", exact: true }).click();
  const short = page.getByRole("dialog", { name: "Export people" });
  const where = short.getByRole("combobox", { name: "Destinations" });
  await where.click();
  await page.locator('[role="listbox"]:visible').getByRole("option", { name: "Share" }).click();
  await where.blur();
  await accessible(page);
  await short.getByRole("button", { name: "Start export" }).click();
  await expect(short.getByRole("listitem").filter({ hasText: "Share" })).toContainText("Delivered");

  await page.goto("/destinations");
  await page.getByRole("button", { name: "Delete destination Share" }).click();
  await page.getByRole("button", { name: "Delete destination", exact: true }).click();
  await expect(page.getByText("No destinations yet")).toBeVisible();
});

test("a page of destinations that cannot be read says so", async ({ page }) => {
  await page.route("**/api/v1/destinations", (route) => route.fulfill({ status: 500, json: {} }));
  await page.goto("/destinations");
  await expect(page.getByRole("alert")).toContainText("could not be loaded");
});
