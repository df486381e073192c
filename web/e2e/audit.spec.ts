import { accessible, expect, test } from "./page";

test("who asked for an export and who downloaded it is told, and links are taken back", async ({ page }) => {
  const asked = await page.request.post("/api/v1/exports", { data: { kind: "profiles", format: "csv" } });
  const { id } = (await asked.json()) as { id: string };
  await expect.poll(async () => ((await (await page.request.get(`/api/v1/exports/${id}`)).json()) as { status: string }).status).toBe("complete");
  const made = await page.request.post(`/api/v1/exports/${id}/link`);
  const { url } = (await made.json()) as { url: string };
  const { pathname, search } = new URL(url);
  expect((await page.request.get(pathname + search)).status()).toBe(200);

  await page.goto(`/exports?job=${id}`);
  const details = page.getByRole("dialog");
  await expect(details.getByRole("heading", { name: "1 download" })).toBeVisible();
  await expect(details.getByRole("listitem").filter({ hasText: "by signed link" })).toBeVisible();
  await details.getByRole("button", { name: "Take back all links" }).click();
  await expect(page.getByText("Links taken back", { exact: true })).toBeVisible();
  expect((await page.request.get(pathname + search)).status()).toBe(410);
  await accessible(page);

  await details.getByRole("link", { name: "All that was done" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Audit");
  const rows = page.getByRole("row");
  await expect(rows.filter({ hasText: "Links taken back" })).toBeVisible();
  await page.getByLabel("Show deeds").selectOption("file.downloaded");
  await expect(page).toHaveURL(/deed=file.downloaded/);
  await expect(rows).toHaveCount(2);
  await accessible(page);
});

test("a person's page tells which files hold them", async ({ page }) => {
  const asked = await page.request.post("/api/v1/exports", { data: { kind: "profiles", format: "csv" } });
  const { id } = (await asked.json()) as { id: string };
  await expect.poll(async () => ((await (await page.request.get(`/api/v1/exports/${id}`)).json()) as { status: string }).status).toBe("complete");
  await page.goto("/?q=78afa995795e4d85b5d9ceeca43f5fef");
  await page.getByRole("link", { name: "78afa995795e4d85b5d9ceeca43f5fef" }).click();
  await page.getByRole("tab", { name: "Exports" }).click();
  await expect(page).toHaveURL(/tab=exports/);
  await expect(page.getByTitle(id)).toBeVisible();
  await accessible(page);
});
