/** Raw exports in the app: the form, the body beside it, the preview, the job with its proof, and the way back. */
import { readFile } from "node:fs/promises";
import type { Locator, Page } from "@playwright/test";
import { demoEvents } from "./demo";
import { accessible, csvColumn, expect, test } from "./page";

const JOURNEY = 1007;
const sends = demoEvents().filter(({ event, params }) => event === "journey_product_action" && params.journey_id === JOURNEY && params.action_code === 1);

/** The body that the page shows. */
async function shownBody(page: Page): Promise<Record<string, unknown>> {
  return JSON.parse(await page.getByRole("region", { name: "API body" }).innerText()) as Record<string, unknown>;
}

async function choose(page: Page, input: Locator, option: RegExp): Promise<void> {
  // A list that closed again, as the values came or the page moved, is opened once more, as a person does.
  await expect(async () => {
    await input.click();
    await page.locator('[role="listbox"]:visible').getByRole("option", { name: option }).first().click({ timeout: 5_000 });
  }).toPass();
  await input.blur();
}

test("events with parameters and filters: shown as a body, counted, run, proven, used again", async ({ page, context, request }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto("/exports");
  await page.getByRole("link", { name: "New raw export" }).first().click();
  await expect(page.getByRole("heading", { name: "New raw export" })).toBeVisible();
  await expect(page.getByTestId("count")).toContainText("17,000 people");
  await accessible(page);

  // Nothing runs before it says what is wanted.
  await page.getByRole("button", { name: "Run export" }).click();
  const event = page.getByRole("group", { name: /^Event 1/ });
  await expect(event.getByLabel("Event", { exact: true })).toHaveAttribute("aria-invalid", "true");
  await expect(event.getByLabel("Event", { exact: true })).toBeFocused();

  await choose(page, event.getByLabel("Event", { exact: true }), /^Journey Product Action/);
  await choose(page, event.getByLabel("Parameters as columns"), /^Journey\b.*journey_id/);
  await choose(page, event.getByLabel("Parameters as columns"), /^Action\b.*action_code/);
  for (const [at, parameter, value] of [
    [0, /^Journey\b.*journey_id/, /\(1007\)/],
    [1, /^Action\b.*action_code/, /^SEND \(1\)/],
  ] as const) {
    await event.getByRole("button", { name: at === 0 ? "Only where…" : "And where…" }).click();
    const filter = event.getByRole("group", { name: /^Only where/ }).nth(at);
    await choose(page, filter.getByLabel("Parameter", { exact: true }), parameter);
    await choose(page, filter.getByLabel(/: value$/), value);
  }
  await page.getByRole("checkbox", { name: /^gender/ }).check();

  const body = await shownBody(page);
  expect(body).toMatchObject({
    kind: "events",
    attributes: ["user_id", "gender"],
    format: "csv",
    formulas: "escape",
    events: {
      wanted: [
        {
          event_name: "journey_product_action",
          params: ["journey_id", "action_code"],
          filters: [
            { key: "journey_id", operator: "eq", values: [JOURNEY] },
            { key: "action_code", operator: "eq", values: [1] },
          ],
        },
      ],
    },
  });
  await page.getByRole("button", { name: "Copy API body" }).click();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(JSON.parse(copied)).toEqual(body);
  // The copied body is the request: the service makes the same export of it.
  const answer = await request.post("/api/v1/exports", { data: copied, headers: { "content-type": "application/json" } });
  expect(answer.status()).toBe(202);

  await page.getByRole("button", { name: "Preview" }).click();
  const preview = page.getByRole("region", { name: "Preview" });
  await expect(preview).toContainText(`${sends.length.toLocaleString("en")} rows`);
  await expect(preview.getByRole("region", { name: "First rows" }).getByRole("row")).toHaveCount(21);
  await expect(preview.getByRole("columnheader", { name: /^action_code/ })).toBeVisible();
  await accessible(page);

  await page.getByRole("button", { name: /^Run (export|anyway)$/ }).click();
  await expect(page).toHaveURL(/\/exports\?job=exp_/);
  const details = page.getByRole("dialog", { name: "Export" });
  await expect(details.getByRole("status").first()).toHaveText("Complete");
  await expect(details).toContainText("SHA-256");
  await details.getByRole("button", { name: "Verify" }).click();
  await expect(details).toContainText("Everything is as the manifest says");
  await accessible(page);
  await details.getByRole("button", { name: "Copy manifest" }).click();
  expect(JSON.parse(await page.evaluate(() => navigator.clipboard.readText()))).toMatchObject({ rows: sends.length, kind: "events" });
  const [download] = await Promise.all([page.waitForEvent("download"), details.getByRole("button", { name: "Download" }).click()]);
  const users = csvColumn(await readFile(await download.path(), "utf8"), "user_id");
  expect(users.sort()).toEqual(sends.map(({ user_id }) => user_id).sort());

  await details.getByRole("link", { name: "Use again" }).click();
  await expect(page.getByRole("group", { name: "Event 1: Journey Product Action" })).toBeVisible();
  expect(await shownBody(page)).toMatchObject({ kind: body.kind, attributes: body.attributes, events: body.events, format: body.format });
});

test("a pasted body fills the form, and what the form has no field for stays in it", async ({ page }) => {
  await page.goto("/exports/new");
  await page.getByRole("button", { name: "Paste a body" }).click();
  const dialog = page.getByRole("dialog", { name: "Paste a body" });
  await dialog.getByLabel("Body in JSON").fill('{"kind": "events", "format": "pdf"}');
  await dialog.getByRole("button", { name: "Fill the form" }).click();
  await expect(dialog).toContainText("“format” has to be one of csv, ndjson, parquet, arrow, xlsx.");
  const body = {
    kind: "profiles",
    definition: { attribute: "age", operator: "at_least", value: 40 },
    attributes: ["user_id", "age"],
    computed: [{ name: "purchases", event: "purchase", measure: "count" }],
    format: "csv",
    formulas: "raw",
    delimiter: ";",
    columns: ["user_id", { column: "age", as: "years" }],
  };
  await dialog.getByLabel("Body in JSON").fill(JSON.stringify(body));
  await dialog.getByRole("button", { name: "Fill the form" }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("radio", { name: "Users" })).toBeChecked();
  await expect(page.getByRole("group", { name: "Computed column 1: purchases" })).toBeVisible();
  await expect(page.getByText("Also in the body, without a field here: columns.")).toBeVisible();
  expect(await shownBody(page)).toEqual(body);
  // The address has it all: it can be sent around, and reloaded.
  await expect(page).toHaveURL(/body=.*purchases/);
  await page.reload();
  await expect(page.getByRole("group", { name: "Computed column 1: purchases" })).toBeVisible();
  expect(await shownBody(page)).toEqual(body);
});

test("a refusal stands at its field and is read aloud", async ({ page }) => {
  const body = { kind: "events", format: "csv", events: { wanted: [{ event_name: "purchas" }] } };
  await page.goto(`/exports/new?body=${encodeURIComponent(JSON.stringify(body))}`);
  await page.getByRole("button", { name: "Preview" }).click();
  await expect(page.getByRole("alert")).toContainText("events.wanted[0].event_name");
  await expect(page.getByRole("group", { name: /^Event 1/ }).getByLabel("Event", { exact: true })).toHaveAttribute("aria-invalid", "true");
  // It has the focus, and with that its choices are open.
  await page.keyboard.press("Escape");
  await accessible(page);
});

test("warnings are there to be read before anything runs", async ({ page }) => {
  // Nothing happened yet in that range, which loses everyone.
  const body = { kind: "events", format: "csv", events: { start_date: "2999-01-01T00:00:00Z", wanted: [{ event_name: "purchase" }] } };
  await page.goto(`/exports/new?body=${encodeURIComponent(JSON.stringify(body))}`);
  await page.getByRole("button", { name: "Run export" }).click();
  const preview = page.getByRole("region", { name: "Preview" });
  await expect(preview).toContainText("0 rows");
  await expect(preview.getByRole("alert")).toBeVisible();
  await expect(page).toHaveURL(/\/exports\/new/);
  await page.getByRole("button", { name: "Run anyway" }).click();
  await expect(page).toHaveURL(/\/exports\?job=exp_/);
  await expect(page.getByRole("dialog", { name: "Export" }).getByRole("status").first()).toHaveText("Complete");
});

test("only what is new since an earlier export", async ({ page, request }) => {
  const body = { kind: "events", format: "csv", events: { wanted: [{ event_name: "purchase" }] } };
  const made = await request.post("/api/v1/exports", { data: { ...body, positions: { from: 0 } } });
  const { id } = (await made.json()) as { id: string };
  await expect.poll(async () => ((await (await request.get(`/api/v1/exports/${id}`)).json()) as { status: string }).status).toBe("complete");

  await page.goto(`/exports/new?body=${encodeURIComponent(JSON.stringify({ ...body, definition: { event: "purchase" } }))}`);
  const much = page.getByRole("region", { name: "How much" });
  await much.getByText("Since an export", { exact: true }).click();
  // A filter is about everybody: it stays until it is taken away, and says so.
  await expect(page.getByText(/^A filter does not go with only what is new/)).toBeVisible();
  await page.getByRole("button", { name: "Clear filters" }).click();
  await expect(page.getByText(/^A filter does not go with only what is new/)).toBeHidden();
  await page.getByRole("button", { name: "Preview" }).click();
  const earlier = much.getByRole("combobox", { name: "Since export" });
  await expect(earlier).toHaveAttribute("aria-invalid", "true");
  await earlier.fill(id);
  await page.locator('[role="listbox"]:visible').getByRole("option", { name: new RegExp(id) }).click();
  await earlier.blur();
  expect(await shownBody(page)).toMatchObject({ ...body, positions: { after: id } });
  await accessible(page);

  await page.getByRole("button", { name: "Preview" }).click();
  const preview = page.getByRole("region", { name: "Preview" });
  await expect(preview).toContainText("0 rows");
  await page.getByRole("button", { name: /^Run (export|anyway)$/ }).click();
  const details = page.getByRole("dialog", { name: "Export" });
  await expect(details.getByRole("status").first()).toHaveText("Complete");
  await details.getByRole("link", { name: "Use again" }).click();
  await expect(much.getByRole("radio", { name: "Since an export" })).toBeChecked();
  // As the job tells it: where the earlier export ended, too.
  const { positions } = (await shownBody(page)) as { positions: { from: number; after: string } };
  expect(positions.after).toBe(id);
  expect(positions.from).toBeGreaterThan(0);

  await much.getByText("Since a position", { exact: true }).click();
  await much.getByLabel("Since position").fill("999999999");
  await page.getByRole("button", { name: "Preview" }).click();
  await expect(page.getByRole("alert")).toContainText("positions.from");
  await expect(much.getByLabel("Since position")).toHaveAttribute("aria-invalid", "true");
  await accessible(page);
});

for (const [kind, item] of [
  ["passes", "Export passes"],
  ["messages", "Export messages"],
] as const) {
  test(`${kind} of a journey, from the Journeys list`, async ({ page }) => {
    await page.goto("/journeys");
    const row = page.getByRole("row").filter({ hasText: "discount 10/2 10d" });
    await row.getByRole("button", { name: /^Export / }).click();
    await page.getByRole("menuitem", { name: item }).click();
    await expect(page).toHaveURL(/\/exports\/new\?body=/);
    expect(await shownBody(page)).toMatchObject({ kind, journeys: { ids: [JOURNEY] } });
    await accessible(page);
    await page.getByRole("button", { name: "Preview" }).click();
    const preview = page.getByRole("region", { name: "Preview" });
    const rows = preview.getByText(/^[\d,]+ rows$/);
    await expect(rows).toBeVisible();
    const expected = await rows.innerText();
    await page.getByRole("button", { name: /^Run (export|anyway)$/ }).click();
    const details = page.getByRole("dialog", { name: "Export" });
    await expect(details.getByRole("status").first()).toHaveText("Complete");
    await expect(details).toContainText(expected.replace(" rows", ""));
  });
}

test("by keyboard alone", async ({ page }) => {
  const body = { kind: "events", format: "ndjson", attributes: ["user_id"], events: { wanted: [{ event_name: "journey_exit", params: ["exit_reason"] }] } };
  await page.goto(`/exports/new?body=${encodeURIComponent(JSON.stringify(body))}`);
  await expect(page.getByRole("group", { name: "Event 1: Journey Exit" })).toBeVisible();
  const focused = page.locator(":focus");
  await page.getByLabel("E-mail address").focus();
  await page.keyboard.press("Tab");
  await expect(focused).toHaveAccessibleName("Hook");
  // The whole form is a form: Enter in a field runs it.
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/exports\?job=exp_/);
});
