import { accessible, expect, test } from "./page";

test("journeys show their figures, sort, and lead to their people", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto("/journeys");
  const row = page.getByRole("row").filter({ hasText: "discount 10/2 10d" });
  await expect(row).toContainText("1,318");
  await expect(row).toContainText("E-mail");
  await expect(row).toContainText(/1,318 SEND.*973 VIEW/s);
  await accessible(page);

  await row.getByRole("button", { name: "Copy journey id 1007" }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("1007");

  await page.getByRole("button", { name: "Entered" }).click();
  await expect(page).toHaveURL(/sort=entered/);
  await expect(page.getByRole("row").nth(1)).toContainText("discount 10/2 10d");

  await page.getByRole("link", { name: "bogo 5/5 7d" }).click();
  await expect(page.getByTestId("count")).toContainText("1,245 people · 1 filter");
  await page.goBack();
  await expect(page).toHaveURL(/journeys\?.*sort=entered/);
});

test("dark, and the choice is kept", async ({ page }) => {
  await page.goto("/journeys");
  await page.getByRole("radiogroup", { name: "Colour scheme" }).getByText("Dark").locator("xpath=ancestor::label").click();
  await expect(page.locator("html")).toHaveAttribute("data-mantine-color-scheme", "dark");
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-mantine-color-scheme", "dark");
  await expect(page.getByRole("link", { name: "bogo 5/5 7d" })).toBeVisible();
  await accessible(page);
});
