import { accessible, expect, test } from "./page";

test("a schedule is made, run, paused, changed and deleted", async ({ page }) => {
  await page.goto("/schedules");
  await expect(page.getByText("No schedules yet")).toBeVisible();
  await accessible(page);
  await page.getByRole("link", { name: "New schedule" }).first().click();

  // What is missing is said where it is.
  await page.getByRole("button", { name: "Make schedule" }).click();
  await expect(page.getByLabel("What people call it")).toBeFocused();
  await expect(page.getByRole("status").last()).toContainText("not filled in yet");
  await page.getByLabel("What people call it").fill("Women of the week");
  await page.getByText("Week", { exact: true }).click();
  await page.getByRole("checkbox", { name: "Friday" }).check();
  await page.getByLabel("At", { exact: true }).fill("07:30");
  await page.getByLabel("Time zone").first().fill("America/New");
  await page.getByRole("option", { name: "America/New_York" }).click();
  const due = page.getByRole("region", { name: "Next due times" });
  await expect(due.getByRole("listitem")).toHaveCount(5);
  await expect(due.getByRole("listitem").first()).toContainText(/(Mon|Fri) \d{4}-\d\d-\d\d 07:30 -0[45]:00/);
  await page.getByText("Users", { exact: true }).click();
  await page.getByLabel("Expected within, in minutes").fill("60");
  await page.getByLabel("Who is told when a run is late").fill("nobody");
  await accessible(page);
  await page.getByRole("button", { name: "Make schedule" }).click();
  await expect(page.getByLabel("Who is told when a run is late")).toHaveAttribute("aria-invalid", "true");
  await page.getByLabel("Who is told when a run is late").fill("ann@example.com");
  await page.getByRole("button", { name: "Make schedule" }).click();

  const history = page.getByRole("dialog", { name: "Schedule" });
  await expect(history).toContainText("Monday and Friday at 07:30, America/New_York");
  await expect(history).toContainText("No run was due yet.");
  await accessible(page);
  await history.getByRole("button", { name: "Close history" }).click();

  const row = page.getByRole("row").filter({ hasText: "Women of the week" });
  await row.getByRole("button", { name: "Run now" }).click();
  await expect(row).toContainText("Complete", { timeout: 30_000 });
  await row.getByRole("button", { name: "Pause" }).click();
  await expect(row).toContainText("paused");
  await row.getByRole("button", { name: "Resume" }).click();
  await expect(row).not.toContainText("paused");
  await accessible(page);

  // By the keyboard alone.
  await row.getByRole("button", { name: /^More for schedule/ }).focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("menuitem", { name: "History" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(history.getByRole("region", { name: "Runs" })).toContainText("asked for by this machine");
  await history.getByRole("link", { name: "Change" }).click();
  await expect(page.getByRole("checkbox", { name: "Friday" })).toBeChecked();
  await page.getByLabel("What people call it").fill("Everyone of the week");
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(history).toContainText("Everyone of the week");
  await history.getByRole("link", { name: "Export" }).click();
  await expect(page.getByRole("dialog", { name: "Export" })).toContainText("17,000");

  await page.goto("/schedules");
  await page.getByRole("button", { name: /^More for schedule/ }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Delete schedule" }).click();
  await expect(page.getByText("No schedules yet")).toBeVisible();
});

test("a clock that is set is told of, and an export is taken over", async ({ page }) => {
  await page.route("**/api/v1/schedules/due", (route) =>
    route.fulfill({ json: { due: [{ at: "2026-03-08T07:00:00Z", local: "2026-03-08T03:00:00-04:00", change: "skipped" }] } }),
  );
  const body = { kind: "messages", format: "ndjson", journeys: { ids: [1007] }, as_of: "2026-09-01T00:00:00Z" };
  await page.goto(`/exports/new?body=${encodeURIComponent(JSON.stringify(body))}`);
  await page.getByRole("link", { name: "Schedule it" }).click();
  await expect(page.getByRole("radio", { name: "Messages" })).toBeChecked();
  const due = page.getByRole("region", { name: "Next due times" });
  await expect(due).toContainText("Sun 2026-03-08 03:00 -04:00");
  await expect(due).toContainText("The clock skips the time on this day");
  await accessible(page);
});
