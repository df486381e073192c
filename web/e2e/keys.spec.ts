/** API keys in the app: a key with a policy is made, limits who uses it, is changed, gets a new secret, and goes. */
import type { Page } from "@playwright/test";
import { accessible, expect, test } from "./page";

const PREVIEW = { kind: "profiles", format: "csv", attributes: ["user_id", "gender", "age"] };

interface Preview {
  columns: { name: string }[];
  sample: unknown[][];
  warnings: string[];
}

/** What the service answers to whoever has the secret. */
const previewBy = (page: Page, secret: string) => page.request.post("/api/v1/exports/preview", { headers: { authorization: `Bearer ${secret}` }, data: PREVIEW });

test("a key from its making to its end", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto("/");
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "API keys" }).click();
  await expect(page.getByText("No keys yet")).toBeVisible();
  await accessible(page);

  await page.getByRole("button", { name: "New key" }).click();
  const form = page.getByRole("dialog", { name: "New API key" });
  await form.getByRole("button", { name: "Make key" }).click();
  await expect(form.getByLabel("Name", { exact: true })).toBeFocused();
  await expect(form.getByText("Name a column")).toBeVisible();
  await accessible(page);
  await form.getByLabel("Name", { exact: true }).fill("Partner shop");
  const column = (number: number) => form.getByRole("combobox", { name: `Rule ${number}: column` });
  await column(1).fill("gend");
  await page.locator('[role="listbox"]:visible').getByRole("option", { name: /^gender/ }).click();
  await form.getByRole("button", { name: "Add rule" }).click();
  await column(2).fill("age");
  await form.getByLabel("age: what is done").selectOption({ label: "coarsen" });
  // A number is made coarse in steps.
  await expect(form.getByLabel("age: how coarse")).toHaveValue("step");
  await form.getByLabel("age: size of a step").fill("10");
  await form.getByRole("button", { name: "Add rule" }).click();
  // A column that nobody has yet.
  await column(3).fill("*.coupon");
  await form.getByRole("button", { name: "Move rule 3 up" }).click();
  await expect(column(2)).toHaveValue("*.coupon");
  await form.getByRole("button", { name: "Move rule 2 down" }).click();
  const body = {
    name: "Partner shop",
    policy: {
      rules: [
        { column: "gender", do: "drop" },
        { column: "age", do: "coarsen", to: 10 },
        { column: "*.coupon", do: "drop" },
      ],
      otherwise: "keep",
    },
  };
  expect(JSON.parse(await form.getByRole("region", { name: "API body" }).innerText())).toEqual(body);
  await form.getByRole("button", { name: "Copy API body" }).click();
  expect(JSON.parse(await page.evaluate(() => navigator.clipboard.readText()))).toEqual(body);
  await accessible(page);
  await form.getByRole("button", { name: "Make key" }).click();

  const told = page.getByRole("dialog", { name: "Secret of “Partner shop”" });
  await expect(told.getByTestId("secret")).toHaveText(/^wfk_/);
  const secret = await told.getByTestId("secret").innerText();
  await told.getByRole("button", { name: "Copy secret" }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(secret);
  await accessible(page);
  await told.getByRole("button", { name: "I have copied it" }).click();
  const row = page.getByRole("row", { name: /Partner shop/ });
  await expect(row).toContainText("Left out: gender, coupon of every event");
  await expect(row).toContainText("Coarsened: age (in steps of 10)");
  await expect(row).toContainText(secret.slice(0, 6));
  await accessible(page);

  const seen = (await (await previewBy(page, secret)).json()) as Preview;
  const names = seen.columns.map(({ name }) => name);
  expect(names).not.toContain("gender");
  const ages = seen.sample.map((cells) => cells[names.indexOf("age")]).filter((age) => age !== null);
  expect(ages.length).toBeGreaterThan(0);
  expect(ages.filter((age) => Number(age) % 10 !== 0)).toEqual([]);

  // By the keyboard alone.
  await row.getByRole("button", { name: "More for key Partner shop" }).focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("menuitem", { name: "Change" })).toBeFocused();
  await page.keyboard.press("Enter");
  const change = page.getByRole("dialog", { name: "Change API key" });
  await expect(change.getByRole("combobox", { name: "Rule 2: column" })).toHaveValue("age");
  await change.getByRole("button", { name: "Remove rule 3" }).click();
  await change.getByRole("combobox", { name: "All other columns" }).click();
  await page.locator('[role="listbox"]:visible').getByRole("option", { name: "Are left out" }).click();
  await change.getByLabel("Fewest people of an export").fill("20");
  await change.getByRole("button", { name: "Save" }).click();
  await expect(row).toContainText("Everything else left out");
  await expect(row).toContainText("Nothing of fewer than 20 people");

  await row.getByRole("button", { name: "More for key Partner shop" }).click();
  await page.getByRole("menuitem", { name: "Disable" }).click();
  await expect(row).toContainText("Disabled");
  expect((await previewBy(page, secret)).status()).toBe(401);
  await row.getByRole("button", { name: "More for key Partner shop" }).click();
  await page.getByRole("menuitem", { name: "Enable" }).click();
  await expect(row).toContainText("Enabled");

  await row.getByRole("button", { name: "More for key Partner shop" }).click();
  await page.getByRole("menuitem", { name: "New secret" }).click();
  await expect(page.getByRole("dialog", { name: "A new secret for “Partner shop”?" })).toContainText("ends at once");
  await accessible(page);
  await page.getByRole("button", { name: "Make a new secret" }).click();
  await expect(told.getByTestId("secret")).toHaveText(/^wfk_/);
  const next = await told.getByTestId("secret").innerText();
  expect(next).not.toBe(secret);
  await told.getByRole("button", { name: "I have copied it" }).click();
  expect((await previewBy(page, next)).status()).toBe(200);

  await row.getByRole("button", { name: "More for key Partner shop" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Delete key" }).click();
  await expect(page.getByText("No keys yet")).toBeVisible();

  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Audit" }).click();
  await page.getByLabel("Show deeds").selectOption("key.removed");
  await expect(page.getByRole("row")).toHaveCount(2);
});

test("a refusal stands at its field, in the dark too", async ({ page }) => {
  await page.emulateMedia({ colorScheme: "dark" });
  await page.route("**/api/v1/keys", (route) =>
    route.request().method() === "POST"
      ? route.fulfill({
          status: 422,
          contentType: "application/problem+json",
          json: { title: "Invalid", status: 422, detail: "policy.rules[0].to: must be above 0", path: "policy.rules[0].to", message: "must be above 0" },
        })
      : route.fulfill({ json: { keys: [] } }),
  );
  await page.goto("/keys");
  await page.getByRole("button", { name: "New key" }).click();
  const form = page.getByRole("dialog", { name: "New API key" });
  await form.getByLabel("Name", { exact: true }).fill("Refused");
  // What is not filled in is not counted among the rules that are sent.
  await form.getByRole("button", { name: "Add rule" }).click();
  await form.getByRole("combobox", { name: "Rule 2: column" }).fill("age");
  await form.getByLabel("age: what is done").selectOption({ label: "coarsen" });
  await form.getByLabel("age: size of a step").fill("0");
  await form.getByRole("button", { name: "Remove rule 1" }).click();
  await form.getByRole("button", { name: "Make key" }).click();
  await expect(form.getByRole("alert")).toContainText("At policy.rules[0].to");
  await expect(form.getByLabel("age: size of a step")).toHaveAttribute("aria-invalid", "true");
  await expect(form.getByLabel("age: size of a step")).toBeFocused();
  await accessible(page);
});

test("a change that another one overtook is refused, and nothing of it is lost", async ({ page }) => {
  const made = await page.request.post("/api/v1/keys", { data: { name: "Overtaken" } });
  const { id, revision } = (await made.json()) as { id: string; revision: number };
  await page.goto("/keys");
  await page.getByRole("button", { name: "Overtaken", exact: true }).click();
  const form = page.getByRole("dialog", { name: "Change API key" });
  await expect(form.getByRole("radio", { name: "Everything" })).toBeChecked();
  expect((await page.request.put(`/api/v1/keys/${id}`, { data: { name: "Overtaken", policy: null, disabled: true, revision } })).status()).toBe(200);
  await form.getByLabel("Name", { exact: true }).fill("Mine");
  await form.getByRole("button", { name: "Save" }).click();
  await expect(form.getByRole("alert")).toContainText("The key was not saved");
  await expect(form.getByLabel("Name", { exact: true })).toHaveValue("Mine");
  await accessible(page);
  await form.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByRole("row", { name: /Overtaken/ })).toContainText("Disabled");
  expect((await page.request.delete(`/api/v1/keys/${id}`)).ok()).toBe(true);
});
