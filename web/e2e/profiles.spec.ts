import { accessible, expect, test } from "./page";

const USER = "78afa995795e4d85b5d9ceeca43f5fef";
const entered = (journey: number) =>
  JSON.stringify({ all: [{ event: "journey_enter", where: { parameter: "journey_id", operator: "equals", value: journey } }] });

test("people are found by a part of their user id", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("searchbox", { name: "Search people" }).fill(USER.slice(0, 8));
  await expect(page.getByRole("link", { name: USER })).toBeVisible();
  await expect(page).toHaveURL(/q=78afa995/);
  await page.getByRole("searchbox", { name: "Search people" }).fill("no such person");
  await expect(page.getByText("No one matches")).toBeVisible();
});

test("a filter is shared by its address, and the back button undoes it", async ({ page }) => {
  await page.goto(`/?filter=${encodeURIComponent(entered(1004))}`);
  await expect(page.getByTestId("count")).toContainText("1,245 people · 1 filter");
  await page.getByRole("button", { name: "Clear filters" }).click();
  await expect(page.getByTestId("count")).toContainText("17,000 people · no filters");
  await page.goBack();
  await expect(page.getByTestId("count")).toContainText("1,245 people · 1 filter");
});

test("pages follow one another", async ({ page }) => {
  await page.goto("/");
  const person = page.getByRole("row").nth(1).getByRole("link");
  const first = await person.innerText();
  await page.getByRole("button", { name: "Next" }).click();
  await expect(page.getByText("Page 2")).toBeVisible();
  await expect(person).not.toHaveText(first);
  await page.getByRole("button", { name: "Previous" }).click();
  await expect(person).toHaveText(first);
});

test("an event with a sum counts, and its parameters offer what exists", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("button", { name: "Filters", exact: true }).click();
  const drawer = page.getByRole("dialog", { name: "Filters" });
  await drawer.getByRole("button", { name: /^Events/ }).click();
  const event = drawer.getByRole("group", { name: "Event" });
  await event.getByLabel("Event", { exact: true }).click();
  await page.getByRole("option", { name: /^purchase/ }).click();
  await event.getByRole("button", { name: "Sum or average" }).click();
  await event.getByLabel("Parameter to add up").click();
  await page.getByRole("option", { name: /^amount/ }).click();
  await event.getByLabel("Result: number").fill("100");
  await expect(drawer.getByRole("status")).toContainText("22 people · 1 filter");

  await event.getByLabel("Event", { exact: true }).click();
  await page.getByRole("option", { name: /^Journey Exit/ }).click();
  await event.getByRole("button", { name: "Parameter" }).click();
  await event.getByLabel("Parameter", { exact: true }).click();
  await page.getByRole("option", { name: /^Journey Exit Reason/ }).click();
  await event.getByLabel("Journey Exit Reason: value").click();
  await page.getByRole("option", { name: /goal_reached.*1,498/ }).click();
  await page.keyboard.press("Escape");
  await accessible(page);
});

test("a condition that says nothing yet is pointed out", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("button", { name: "Filters", exact: true }).click();
  await page.getByRole("button", { name: /^Attributes/ }).click();
  await page.getByRole("button", { name: "Apply" }).click();
  await expect(page.getByText("Choose an attribute", { exact: true }).last()).toBeVisible();
});

test("a filter that the service refuses says why", async ({ page }) => {
  await page.goto(`/?filter=${encodeURIComponent(JSON.stringify({ all: [{ event: "purchaze" }] }))}`);
  await expect(page.getByTestId("count")).toContainText("Did you mean “purchase”?");
});

test("a superseded count is given up", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("button", { name: "Filters", exact: true }).click();
  await page.getByRole("button", { name: /^Channel Interactions/ }).click();
  await expect(page.getByTestId("count")).toContainText("· 1 filter");
  const given: string[] = [];
  page.on("requestfailed", (request) => given.push(`${new URL(request.url()).pathname} ${request.failure()?.errorText ?? ""}`));
  let held = 0;
  await page.route("**/api/v1/segments/count", async (route) => {
    held += 1;
    if (held === 1) await new Promise((resolve) => setTimeout(resolve, 3000));
    await route.continue().catch(() => undefined);
  });
  const times = page.getByLabel("Times: number");
  await times.fill("2");
  await expect.poll(() => held).toBeGreaterThan(0);
  await times.fill("3");
  await expect.poll(() => given).toContain("/api/v1/segments/count net::ERR_ABORTED");
  await expect(page.getByRole("dialog").getByRole("status")).toContainText("· 1 filter");
});

test("the list is accessible, in the dark too", async ({ page }) => {
  await page.goto("/");
  await expect(page.getByRole("link", { name: /^[0-9a-f]{32}$/ }).first()).toBeVisible();
  await accessible(page);
  await page.emulateMedia({ colorScheme: "dark" });
  await accessible(page);
  await page.getByRole("button", { name: "Filters", exact: true }).click();
  await expect(page.getByRole("dialog", { name: "Filters" })).toBeVisible();
  await accessible(page);
});
