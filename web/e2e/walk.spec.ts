/** The whole walk: who got the e-mail of journey 1007 but never opened it, counted and taken away as a file. */
import { readFile } from "node:fs/promises";
import type { Download, Page } from "@playwright/test";
import { profiles, sentButNeverOpened } from "./demo";
import { csvColumn, expect, test } from "./page";

const wanted = sentButNeverOpened(1007);

async function isExactly(download: Download): Promise<void> {
  const text = await readFile(await download.path(), "utf8");
  expect(csvColumn(text, "user_id").sort()).toEqual(wanted);
  const known = profiles();
  const users = csvColumn(text, "user_id");
  for (const attribute of ["gender", "income"]) {
    const values = csvColumn(text, attribute);
    expect(values).toEqual(users.map((user) => String(known.get(user)?.attributes[attribute] ?? "")));
  }
}

/** The link of the opened mail, followed as a person would. */
const linkOfMail = (page: Page) =>
  page.frameLocator("iframe").getByRole("link").filter({ hasNotText: /^$/ }).first();

test("with the mouse", async ({ page }) => {
  expect(wanted).toHaveLength(345);
  await page.goto("/");
  await expect(page.getByTestId("count")).toContainText("17,000 people");

  await page.getByRole("button", { name: "Filters", exact: true }).click();
  const drawer = page.getByRole("dialog", { name: "Filters" });
  await drawer.getByRole("button", { name: /^Channel Interactions/ }).click();
  const sent = drawer.getByRole("group", { name: "Channel Interactions" }).first();
  await choose(page, sent.getByLabel("Channels"), /^E-mail \(EM\)/);
  await choose(page, sent.getByLabel("Action", { exact: true }), /^SEND \(1\)/);
  await choose(page, sent.getByLabel("Journey", { exact: true }), /\(1007\)$/);
  await expect(drawer.getByRole("status")).toContainText("1,318 people · 1 filter");

  await drawer.getByRole("button", { name: "Add condition" }).click();
  await page.getByRole("menuitem", { name: "Channel Interactions" }).click();
  const opened = drawer.getByRole("group", { name: "Channel Interactions" }).nth(1);
  await opened.getByLabel("Had or did not have").selectOption("did not have");
  await choose(page, opened.getByLabel("Channels"), /^E-mail \(EM\)/);
  await choose(page, opened.getByLabel("Action", { exact: true }), /^VIEW \(4\)/);
  await choose(page, opened.getByLabel("Journey", { exact: true }), /\(1007\)$/);
  await expect(drawer.getByRole("status")).toContainText("345 people · 2 filters");
  // Beside the Filters button too, before anything is applied.
  await expect(page.getByTestId("count")).toContainText("345 people · 2 filters");

  await drawer.getByRole("button", { name: "Apply" }).click();
  await expect(drawer).toBeHidden();
  await expect(page).toHaveURL(/filter=/);
  await expect(page.getByTestId("count")).toContainText("345 people · 2 filters");

  await page.getByRole("button", { name: "Export", exact: true }).click();
  const form = page.getByRole("dialog", { name: "Export people" });
  await form.getByRole("button", { name: "Remove all" }).click();
  for (const attribute of [/^User id/, /^income/, /^gender/]) await form.getByRole("checkbox", { name: attribute }).check();
  await form.getByRole("button", { name: "Move gender up" }).click();
  await form.getByLabel("E-mail address").fill("ada@example.com");
  await form.getByRole("button", { name: "Start export" }).click();
  await expect(form.getByRole("status")).toContainText("Complete345 rows");

  await form.getByRole("link", { name: "Open the e-mail" }).click();
  await expect(page).toHaveURL(/\/mail\?message=/);
  await expect(page.getByRole("article")).toContainText("ada@example.com");
  const [download] = await Promise.all([waitForDownload(page), linkOfMail(page).click()]);
  await isExactly(download);
});

test("by keyboard alone", async ({ page }) => {
  await page.goto("/");
  await expect(page.getByTestId("count")).toContainText("17,000 people");
  const press = (key: string) => page.keyboard.press(key);
  const focused = page.locator(":focus");

  await press("Tab");
  await expect(focused).toHaveText("Skip to content");
  await press("Enter");
  await tabTo(page, "Filters");
  await press("Enter");
  await expect(focused).toContainText("Attributes");
  await tabTo(page, /^Channel Interactions/);
  await press("Enter");
  await expect(focused).toHaveAccessibleName("Had or did not have");
  await pick(page, "Channels", "e-mail");
  await pick(page, "Action", "send");
  await pick(page, "Journey", "1007");
  await expect(page.getByRole("dialog").getByRole("status")).toContainText("1,318 people · 1 filter");

  await tabTo(page, "Add condition");
  await press("Enter");
  await expect(page.getByRole("menuitem", { name: "Attribute" })).toBeVisible();
  await press("ArrowDown");
  await expect(focused).toHaveText("Attribute");
  await press("ArrowDown");
  await press("ArrowDown");
  await press("Enter");
  await expect(focused).toHaveAccessibleName("Had or did not have");
  await press("ArrowDown");
  await expect(focused).toHaveValue("did not have");
  await pick(page, "Channels", "e-mail");
  await pick(page, "Action", "saw the message");
  await pick(page, "Journey", "1007");
  await expect(page.getByRole("dialog").getByRole("status")).toContainText("345 people · 2 filters");
  await tabTo(page, "Apply");
  await press("Enter");
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(focused).toHaveText("Filters");

  await tabTo(page, "Export", "Shift+Tab");
  await press("Enter");
  await tabTo(page, "E-mail address");
  await page.keyboard.type("grace@example.com");
  await press("Enter");
  await expect(page.getByRole("dialog").getByRole("status")).toContainText("Complete345 rows");
  await tabTo(page, "Open the e-mail");
  await press("Enter");
  await expect(page.getByRole("article")).toContainText("grace@example.com");
  await expect(linkOfMail(page)).toBeVisible();
  for (let tabs = 0; tabs < 60 && !(await linkOfMail(page).evaluate((link) => link === document.activeElement)); tabs += 1) await press("Tab");
  const [download] = await Promise.all([waitForDownload(page), press("Enter")]);
  await isExactly(download);
});

/** A download, in this tab or in one that a link opens. */
function waitForDownload(page: Page): Promise<Download> {
  return new Promise((resolve) => {
    page.on("download", resolve);
    page.context().on("page", (opened) => opened.on("download", resolve));
  });
}

async function choose(page: Page, input: ReturnType<Page["getByLabel"]>, option: RegExp): Promise<void> {
  await input.click();
  await page.locator('[role="listbox"]:visible').getByRole("option", { name: option }).first().click();
  await input.blur();
}

async function tabTo(page: Page, name: string | RegExp, key = "Tab"): Promise<void> {
  for (let tabs = 0; tabs < 200; tabs += 1) {
    await page.keyboard.press(key);
    const said = await page.locator(":focus").evaluateAll(([element]) => {
      const label = element?.id ? document.querySelector(`label[for="${element.id}"]`) : null;
      return (element?.getAttribute("aria-label") ?? label?.textContent ?? element?.textContent ?? "").trim();
    });
    if (typeof name === "string" ? said === name : name.test(said)) return;
  }
  throw new Error(`the keyboard never came to ${String(name)}`);
}

/** Types into the next choice of that name until its option is offered, and takes it. */
async function pick(page: Page, label: string, text: string): Promise<void> {
  await tabTo(page, label);
  await page.keyboard.type(text);
  const options = page.locator('[role="listbox"]:visible').getByRole("option");
  await expect(options.first()).toContainText(new RegExp(text, "i"));
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
}
