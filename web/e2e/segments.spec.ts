/** Saved segments and lists: made, changed, restored, explained, followed, and kept where others need them. */
import type { Page } from "@playwright/test";
import { profiles } from "./demo";
import { accessible, expect, test } from "./page";

const address = (definition: unknown): string => `/?filter=${encodeURIComponent(JSON.stringify(definition))}`;
const USER = "78afa995795e4d85b5d9ceeca43f5fef";
const people = profiles();
const women = [...people.values()].filter(({ attributes }) => attributes.gender === "F").length;
const womanly = { all: [{ attribute: "gender", operator: "equals", value: "F" }] };

/** Makes a segment by the API and gives its id. */
async function saved(page: Page, name: string, definition: unknown): Promise<string> {
  const answer = await page.request.post("/api/v1/segments", { data: { name, definition } });
  expect(answer.status()).toBe(201);
  return ((await answer.json()) as { id: string }).id;
}

test("a filter is saved, changed, looked up in its history, restored and deleted", async ({ page }) => {
  await page.goto(address(womanly));
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("menuitem", { name: "Save as segment" }).click();
  const form = page.getByRole("dialog", { name: "Save as segment" });
  await form.getByRole("button", { name: "Save segment" }).click();
  await expect(form).toContainText("Give it a name");
  await accessible(page);
  await form.getByLabel("Name").fill("Women");
  await form.getByRole("button", { name: "Save segment" }).click();
  await expect(form).toBeHidden();
  const open = page.getByRole("group", { name: "Open segment" });
  await expect(open).toContainText("Women · version 1");

  await page.getByRole("button", { name: "Filters", exact: true }).click();
  await page.getByLabel("gender: comparison").selectOption({ label: "is not" });
  await page.getByRole("button", { name: "Apply" }).click();
  await expect(open).toContainText("version 1, changed");
  await open.getByRole("button", { name: "Save changes" }).click();
  await expect(open).toContainText("Women · version 2");

  await page.getByRole("link", { name: "Segments" }).click();
  const row = page.getByRole("row").filter({ hasText: "Women" });
  await expect(row.getByTestId("saved-count")).toHaveText((people.size - women).toLocaleString("en"));
  await accessible(page);
  await row.getByRole("button", { name: "More for segment Women" }).click();
  await page.getByRole("menuitem", { name: "Version history" }).click();
  const history = page.getByRole("dialog", { name: "Version history" });
  await expect(history.getByRole("listitem")).toHaveCount(2);
  await accessible(page);
  await history.getByRole("button", { name: "Restore version 1" }).click();
  await expect(history.getByRole("listitem")).toHaveCount(3);
  await history.getByRole("button", { name: "Close history" }).click();
  await expect(row.getByTestId("saved-count")).toHaveText(women.toLocaleString("en"));

  await row.getByRole("button", { name: "More for segment Women" }).click();
  await page.getByRole("menuitem", { name: "Rename" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("All women");
  await page.getByRole("dialog").getByRole("button", { name: "Rename" }).click();
  const renamed = page.getByRole("row").filter({ hasText: "All women" });
  await expect(renamed).toContainText("4");

  await renamed.getByRole("button", { name: "More for segment All women" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete segment" }).click();
  await expect(renamed).toBeHidden();
});

test("a change that another one overtook is not lost and overwrites nothing by itself", async ({ page }) => {
  const id = await saved(page, "Overtaken", womanly);
  await page.goto(`${address({ all: [{ event: "purchase" }] })}&segment=${id}&version=1`);
  const open = page.getByRole("group", { name: "Open segment" });
  await expect(open).toContainText("version 1, changed");
  await page.request.put(`/api/v1/segments/${id}`, { data: { name: "Overtaken", version: 1, definition: { all: [] } } });
  const conflict = page.getByRole("alert").filter({ hasText: "Version 2 was saved meanwhile" });
  // The stream of changes may say so before the button is pressed.
  const save = open.getByRole("button", { name: "Save changes" });
  await save.or(conflict).first().waitFor();
  if (await save.isVisible()) await save.click({ timeout: 2000 }).catch(() => undefined);
  await expect(conflict).toContainText("Nothing of yours was saved yet.");
  await accessible(page);
  await conflict.getByRole("button", { name: "Save mine as version 3" }).click();
  await expect(open).toContainText("Overtaken · version 3");
  await expect(conflict).toBeHidden();
});

test("what others use is kept, and says by which", async ({ page }) => {
  const used = await saved(page, "Used", womanly);
  await saved(page, "User of it", { not: { segment: used } });
  await page.goto("/segments");
  await expect(page.getByRole("row").filter({ hasText: /^Used/ })).toContainText("“User of it”");
  await page.getByRole("button", { name: "More for segment Used" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete segment" }).click();
  await expect(page.getByRole("dialog").getByRole("alert")).toContainText("used by “User of it”");
  await accessible(page);
});

test("a list is made of a file, from the column that is chosen, and asked for in a filter", async ({ page }) => {
  const [first, second] = [...people.keys()];
  await page.goto("/segments?tab=lists");
  await page.getByRole("button", { name: "New list" }).click();
  const form = page.getByRole("dialog", { name: "New list" });
  await form.getByLabel("Name").fill("From a file");
  await form.getByText("A file of user ids").click();
  await form.locator('input[type="file"]').setInputFiles({
    name: "people.csv",
    mimeType: "text/csv",
    buffer: Buffer.from(`note,user_id\r\n"one, first",${first ?? ""}\r\nx,${second ?? ""}\r\ny,nobody\r\nz,\r\nx,${second ?? ""}\r\n`),
  });
  await expect(form.getByRole("status")).toContainText(/^3 user ids.*1 row has none, 1 repeats another/);
  await expect(form.getByLabel("Column with user ids")).toHaveValue("1");
  await accessible(page);
  await form.getByRole("button", { name: "Make list" }).click();
  await expect(page.getByText("1 user id belongs to nobody and stayed out.")).toBeVisible();
  const row = page.getByRole("row").filter({ hasText: "From a file" });
  await expect(row.getByRole("cell").nth(1)).toHaveText("2");
  await accessible(page);

  await row.getByRole("link", { name: "From a file" }).click();
  await expect(page.getByTestId("count")).toContainText("2 people");
  await page.getByRole("button", { name: "Filters", exact: true }).click();
  await page.getByLabel("Are or are not in").selectOption("are not");
  await expect(page.getByRole("dialog").getByRole("status")).toContainText(`${(people.size - 2).toLocaleString("en")} people`);
});

test("why a person is here or not, from the list and on the person's page", async ({ page }) => {
  await page.goto(`${address({ all: [{ attribute: "age", operator: "at_least", value: 70 }, { not: { event: "purchase", time_range: { operator: "in_last", value: 1, unit: "day" } } }] })}&q=${USER}`);
  await page.getByRole("button", { name: `Why is ${USER} here` }).click();
  const drawer = page.getByRole("dialog");
  await expect(drawer.getByRole("status")).toHaveText("This person is here.");
  await expect(drawer.getByRole("list", { name: "Why" })).toContainText(/yes\s*age is at least 70.*The value is 75\./s);
  await expect(drawer).toContainText(/Looked for such events from .* until .*: there are none\./);
  await accessible(page);
  await drawer.getByRole("button", { name: "Close explanation" }).click();

  await saved(page, "In a journey", { all: [{ journey: { id: 1004, state: "never_entered" } }] });
  await page.getByRole("link", { name: USER }).click();
  await page.getByRole("tab", { name: "Why here or not" }).click();
  await expect(page.getByText("This person is here.")).toBeVisible();
  await page.getByRole("combobox", { name: "Among whom" }).click();
  await page.getByRole("option", { name: /^In a journey/ }).click();
  await expect(page.getByText("This person is not here.")).toBeVisible();
  await expect(page).toHaveURL(/segment=seg_/);
  await accessible(page);
});

test("sums, chains and passages through journeys are told of a person", async ({ page }) => {
  const happen = (event_id: string, event: string, day: number, params: object) =>
    page.request.post("/api/v1/events", { data: { event_id, user_id: USER, event, timestamp: `2026-09-0${day}T09:00:00Z`, params } });
  await happen("told-1", "trip_booked", 1, { price: 60.5 });
  await happen("told-2", "trip_booked", 2, { price: 40 });
  await happen("told-3", "trip_rated", 3, { stars: 5 });
  const booked = { event: "trip_booked", aggregate: { function: "average", parameter: "price", operator: "at_least", value: 50 } };
  const summed = await saved(page, "Spends on trips", { not: { event: "trip_booked", aggregate: { function: "sum", parameter: "price", operator: "at_least", value: 500 } } });
  const definition = {
    all: [booked, { segment: summed }, { sequence: [{ event: "trip_booked" }, { event: "trip_rated" }] }, { journey: { id: 1004, state: "active" } }],
  };
  await page.goto(`${address(definition)}&q=${USER}`);
  const asked = page.waitForRequest("**/api/v1/segments/explain");
  await page.getByRole("button", { name: `Why is ${USER} here` }).click();
  expect((await asked).postDataJSON()).toMatchObject({ timezone: "Europe/Istanbul" });
  const why = page.getByRole("dialog").getByRole("list", { name: "Why" });
  await expect(why).toContainText("Their price is 50.25 on average.");
  await expect(why).toContainText("Together 100.5.");
  await expect(why).toContainText(/Step 1: 2 events\. Step 2: 1 event\. One after the other: [12] Sept 2026, 12:00; then 3 Sept 2026, 12:00\./);
  await expect(why).toContainText("Is in the journey now. Entered 1 Sept 2026, 03:00.");
  await why.getByText("One after the other", { exact: true }).click();
  await expect(why.getByRole("listitem").filter({ hasText: /^Step 2/ })).toContainText("stars5");
  await why.getByText("Entries and exits").click();
  await accessible(page);
});

test("days are those of the person's time zone wherever a filter is asked", async ({ page }) => {
  const asked = new Map<string, unknown>();
  page.on("request", (request) => {
    const path = new URL(request.url()).pathname;
    if (request.method() === "POST") asked.set(path, (request.postDataJSON() as { timezone?: string }).timezone);
  });
  await page.goto(address({ all: [{ event: "purchase", time_range: { operator: "in_last", value: 1, unit: "day", calendar: true } }] }));
  await page.getByRole("button", { name: "Break down" }).click();
  await expect.poll(() => Object.fromEntries(asked)).toEqual({
    "/api/v1/profiles/search": "Europe/Istanbul",
    "/api/v1/segments/count": "Europe/Istanbul",
    "/api/v1/segments/breakdown": "Europe/Istanbul",
  });
});

test("people are broken down by an attribute and by a parameter", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("button", { name: "Break down" }).click();
  const drawer = page.getByRole("dialog");
  await drawer.getByLabel("Attribute").click();
  await page.getByRole("option", { name: /^gender/ }).click();
  await expect(drawer.getByRole("row").filter({ hasText: /^F/ })).toContainText(women.toLocaleString("en"));
  const unknown = [...people.values()].filter(({ attributes }) => attributes.gender === undefined).length;
  await expect(drawer.getByRole("row").filter({ hasText: "No value" })).toContainText(unknown.toLocaleString("en"));
  await accessible(page);
  await drawer.getByLabel("By", { exact: true }).selectOption("event");
  await drawer.getByLabel("Event", { exact: true }).click();
  await page.getByRole("option", { name: /^Journey Exit/ }).click();
  await drawer.getByLabel("Parameter", { exact: true }).click();
  await page.getByRole("option", { name: /^Journey Exit Reason/ }).click();
  await expect(drawer.getByRole("row").filter({ hasText: "goal_reached" })).toBeVisible();
  await page.emulateMedia({ colorScheme: "dark" });
  await accessible(page);
});

test("counts follow the data without being asked", async ({ page }) => {
  const happen = (event_id: string, user_id: string) =>
    page.request.post("/api/v1/events", { data: { event_id, user_id, event: "looked_in", timestamp: "2026-09-01T00:00:00Z", params: { n: 1 } } });
  const [first, second] = [...people.keys()];
  await happen("followed-1", first ?? "");
  await saved(page, "Looked in", { all: [{ event: "looked_in" }] });
  await page.goto("/segments");
  const count = page.getByRole("row").filter({ hasText: "Looked in" }).getByTestId("saved-count");
  await expect(count).toHaveText("1");
  await happen("followed-2", second ?? "");
  await expect(count).toHaveText("2");

  await page.goto(address({ all: [{ event: "looked_in" }] }));
  await expect(page.getByTestId("count")).toContainText("2 people");
  await happen("followed-3", USER);
  await expect(page.getByTestId("count")).toContainText("3 people");
});

test("without segments and lists the page says how to begin, and an error how to go on", async ({ page }) => {
  await page.route("**/api/v1/segments", (route) => route.fulfill({ json: { segments: [] } }));
  await page.route("**/api/v1/lists", (route) => route.fulfill({ status: 507, contentType: "application/problem+json", json: { title: "Disk nearly full", status: 507 } }));
  await page.goto("/segments");
  await expect(page.getByText("No segments yet")).toBeVisible();
  await accessible(page);
  await page.getByRole("tab", { name: "Lists" }).click();
  await expect(page.getByRole("alert")).toContainText("The disk of the service is nearly full.");
  await page.unroute("**/api/v1/lists");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("alert")).toBeHidden();
});
