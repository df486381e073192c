/** The filters drawer beyond its first three kinds: groups, sequences, journeys, references, moving, JSON. */
import type { Locator, Page } from "@playwright/test";
import { accessible, expect, test } from "./page";

const address = (definition: unknown): string => `/?filter=${encodeURIComponent(JSON.stringify(definition))}`;
const purchase = { event: "purchase" };
const email = { channel_interaction: { product: "architect", channel: "EM", action: "SEND", journey_id: 1007 } };
const inJourney = { journey: { id: 1004, state: "active" } };

async function openFilters(page: Page): Promise<Locator> {
  await page.getByRole("button", { name: "Filters", exact: true }).click();
  const drawer = page.getByRole("dialog", { name: "Filters" });
  // It has come to rest once it has the focus.
  await expect(drawer.locator(":focus")).toBeAttached();
  return drawer;
}

/** The definition in the address of the page. */
const applied = (page: Page): unknown => JSON.parse(new URL(page.url()).searchParams.get("filter") ?? "null");

async function choose(page: Page, input: Locator, option: RegExp): Promise<void> {
  await input.click();
  await page.locator('[role="listbox"]:visible').getByRole("option", { name: option }).first().click();
}

test("a sequence is put together from steps, within a time", async ({ page }) => {
  await page.goto("/");
  const drawer = await openFilters(page);
  await drawer.getByRole("button", { name: /^Sequences/ }).click();
  const sequence = drawer.getByRole("group", { name: "Sequence" });
  const steps = sequence.getByRole("listitem");
  await choose(page, steps.nth(0).getByLabel("Event", { exact: true }), /^Journey Exit/);
  await choose(page, steps.nth(1).getByLabel("Event", { exact: true }), /^Journey Enter/);
  await steps.nth(1).getByRole("button", { name: "Move step 2 up" }).click();
  await sequence.getByLabel("How long the sequence may take").selectOption("within");
  await sequence.getByLabel("Sequence: how many").fill("7");
  await expect(drawer.getByRole("status")).toContainText("· 1 filter");
  await accessible(page);
  await drawer.getByRole("button", { name: "Apply" }).click();
  await expect(drawer).toBeHidden();
  expect(applied(page)).toEqual({
    all: [{ sequence: [{ event: "journey_enter" }, { event: "journey_exit" }], within: { value: 7, unit: "day" } }],
  });
});

test("journey state, calendar ranges and negated groups are chosen in words", async ({ page }) => {
  await page.goto("/");
  const drawer = await openFilters(page);
  await drawer.getByRole("button", { name: /^Journey state/ }).click();
  const journey = drawer.getByRole("group", { name: "Journey state" });
  await choose(page, journey.getByLabel("Journey", { exact: true }), /\(1004\)/);
  await journey.getByLabel("How things stand").selectOption({ label: "did not complete it" });

  await drawer.getByRole("button", { name: "Add group" }).click();
  await drawer.getByRole("region", { name: "Condition group 2" }).getByRole("button", { name: "Add condition" }).click();
  await page.getByRole("menuitem", { name: "Event" }).click();
  const group = drawer.getByRole("region", { name: "Condition group 2" });
  await choose(page, group.getByRole("combobox", { name: "Event" }), /^purchase/);
  await group.getByLabel("Time range", { exact: true }).selectOption({ label: "in this" });
  await group.getByLabel("Time range: unit").selectOption("week");
  await group.getByLabel("How conditions of group 2 are joined").selectOption("none");
  await accessible(page);
  await drawer.getByRole("button", { name: "Apply" }).click();
  await expect(drawer).toBeHidden();
  expect(applied(page)).toEqual({
    all: [
      { not: { journey: { id: 1004, state: "completed" } } },
      { not: { any: [{ event: "purchase", time_range: { operator: "in_last", value: 1, unit: "week", calendar: true } }] } },
    ],
  });
});

test("each condition says how many it means alone", async ({ page }) => {
  await page.goto(address({ all: [email, { not: purchase }] }));
  const drawer = await openFilters(page);
  const alone = (name: string) => drawer.getByRole("group", { name }).getByTestId("alone");
  await expect(alone("Channel Interactions")).toHaveText("1,318 people");
  await expect(alone("Event")).toHaveText("13,073 people");
});

test("conditions move by keyboard, between groups too", async ({ page }) => {
  await page.goto(address({ all: [purchase, { any: [email, inJourney] }] }));
  const drawer = await openFilters(page);
  const handle = drawer.getByRole("button", { name: "Move condition: Event", exact: true });
  await handle.focus();
  await page.keyboard.press("Space");
  for (const place of ["place 1 of group 1", "place 2 of group 1", "place 1 of group 2"]) {
    await expect(drawer.getByText(`over ${place}.`)).toBeAttached();
    await page.keyboard.press("ArrowDown");
  }
  await expect(drawer.getByText("over place 2 of group 2.")).toBeAttached();
  await page.keyboard.press("Space");
  await expect(drawer.getByText("Moved to place 2 of group 2.")).toBeAttached();
  await expect(handle).toBeFocused();
  // Picked up once more and left: nothing moves, and Escape closes nothing.
  await page.keyboard.press("Space");
  await expect(drawer.getByText("over place")).toBeAttached();
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Escape");
  await expect(drawer.getByText("Left where it was.")).toBeAttached();
  await drawer.getByRole("button", { name: "Apply" }).click();
  await expect(drawer).toBeHidden();
  expect(applied(page)).toEqual({ all: [{ any: [email, purchase, inJourney] }] });
});

test("conditions move by the menu of their handle", async ({ page }) => {
  await page.goto(address({ all: [purchase, { any: [email, inJourney] }] }));
  const drawer = await openFilters(page);
  const handle = drawer.getByRole("button", { name: "Move condition: Event", exact: true });
  await handle.click();
  await page.getByRole("menuitem", { name: "Into group 2" }).click();
  await expect(handle).toBeFocused();
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem", { name: "Move up" }).click();
  await drawer.getByRole("button", { name: "Apply" }).click();
  await expect(drawer).toBeHidden();
  expect(applied(page)).toEqual({ all: [{ any: [email, purchase, inJourney] }] });
});

test("conditions move by mouse", async ({ page }) => {
  await page.goto(address({ all: [purchase, inJourney] }));
  const drawer = await openFilters(page);
  const handle = drawer.getByRole("button", { name: "Move condition: Journey state", exact: true });
  // Hovering waits until the drawer has stopped sliding.
  await handle.hover();
  const from = await handle.boundingBox();
  const to = await drawer.getByRole("button", { name: "Move condition: Event", exact: true }).boundingBox();
  if (!from || !to) throw new Error("the handles are not on the page");
  await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2);
  await page.mouse.down();
  await page.mouse.move(from.x + 4, from.y - 20, { steps: 4 });
  await page.mouse.move(to.x + 4, to.y - 10, { steps: 8 });
  await page.mouse.up();
  await drawer.getByRole("button", { name: "Apply" }).click();
  await expect(drawer).toBeHidden();
  expect(applied(page)).toEqual({ all: [inJourney, purchase] });
});

test("a definition is copied, pasted, refused with its place, and used", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto(address({ all: [purchase] }));
  const drawer = await openFilters(page);
  await drawer.getByText("JSON", { exact: true }).click();
  await drawer.getByRole("button", { name: "Copy" }).click();
  expect(JSON.parse(await page.evaluate(() => navigator.clipboard.readText()))).toEqual({ all: [purchase] });

  const text = drawer.getByRole("textbox", { name: "Definition" });
  await text.fill("{");
  await expect(drawer.getByText("This is not a JSON object yet.")).toBeVisible();
  await expect(drawer.getByRole("button", { name: "Apply" })).toBeDisabled();
  await text.fill('{"any": [{"event": "purchase"}, {"event": "journey_entr"}]}');
  await expect(drawer.getByRole("alert")).toContainText("At any[1].event");
  await expect(drawer.getByRole("alert")).toContainText("Did you mean “journey_enter”?");
  await drawer.getByRole("button", { name: "Apply" }).click();
  await expect(drawer).toBeVisible();
  await accessible(page);

  await text.fill(JSON.stringify({ not: { any: [purchase, inJourney] } }));
  await drawer.getByText("Form", { exact: true }).click();
  await expect(drawer.getByLabel("How conditions of group 1 are joined")).toHaveValue("none");
  await drawer.getByRole("button", { name: "Apply" }).click();
  expect(applied(page)).toEqual({ not: { any: [purchase, inJourney] } });
});

test("what the service refuses is said at its condition", async ({ page }) => {
  await page.goto(address({ all: [purchase, { any: [{ attribute: "agee", operator: "at_least", value: 3 }] }] }));
  const drawer = await openFilters(page);
  const attribute = drawer.getByRole("group", { name: "Attribute" });
  await expect(attribute).toContainText("Did you mean “age”?");
  await page.goto(address({ all: [{ event: "purchase", where: { all: [{ parameter: "amoun", operator: "exists" }] } }] }));
  await expect((await openFilters(page)).getByRole("group", { name: "Event" })).toContainText("Did you mean “amount”?");
});

test("what has no form stays as it is written", async ({ page }) => {
  const definition = { all: [purchase, { attribute: "gender", operator: "in", values: [] }] };
  await page.goto(address(definition));
  const drawer = await openFilters(page);
  await expect(drawer.getByRole("group", { name: "Written by hand" }).getByLabel("Condition in JSON")).toHaveValue(/"values": \[\]/);
  await accessible(page);
  await drawer.getByRole("button", { name: "Apply" }).click();
  await expect(drawer).toBeHidden();
  expect(applied(page)).toEqual(definition);
});

test("the drawer of everything is accessible, in the dark too", async ({ page }) => {
  const everything = {
    all: [
      { event: "purchase", where: { any: [{ parameter: "amount", operator: "at_least", value: 5 }, { not: { all: [{ parameter: "amount", operator: "at_most", value: 3 }, { parameter: "amount", operator: "exists" }] } }] } },
      { not: { any: [{ sequence: [{ event: "journey_enter" }, email] }, inJourney] } },
      { any: [{ any: [] }, { attribute: "age", operator: "in", values: [] }] },
    ],
  };
  await page.goto(address(everything));
  const drawer = await openFilters(page);
  await expect(drawer.getByRole("group", { name: "Sequence" })).toBeVisible();
  await accessible(page);
  await page.emulateMedia({ colorScheme: "dark" });
  await accessible(page);
});
