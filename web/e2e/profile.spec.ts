import { accessible, expect, test } from "./page";

test("a person's page shows identifiers, attributes and events in words", async ({ page }) => {
  await page.goto("/?q=78afa995795e4d85b5d9ceeca43f5fef");
  await page.getByRole("link", { name: "78afa995795e4d85b5d9ceeca43f5fef" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("78afa995795e4d85b5d9ceeca43f5fef");
  await expect(page.getByText("100000")).toBeVisible();
  await accessible(page);

  await page.getByRole("tab", { name: "Events" }).click();
  await expect(page).toHaveURL(/tab=events/);
  const events = page.getByRole("listitem");
  await expect(events.filter({ hasText: /E-mail · SEND · .*journey bogo 5\/5 7d \(1004\)/ }).first()).toBeVisible();
  await accessible(page);

  await page.getByLabel("Show events").selectOption("purchase");
  await expect(page).toHaveURL(/event=purchase/);
  await expect(events.filter({ hasText: "E-mail" })).toHaveCount(0);
  await page.goBack();
  await expect(events.filter({ hasText: "E-mail" }).first()).toBeVisible();
});

test("a person who does not exist is said so", async ({ page }) => {
  await page.goto("/profiles/nobody");
  await expect(page.getByRole("alert")).toContainText("This no longer exists, or never did.");
  await accessible(page);
});
