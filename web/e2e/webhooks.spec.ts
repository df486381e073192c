/** Webhooks in the app: endpoints are made, tested, fail, are tried again, get new secrets, and go; so do watches. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { accessible, expect, test } from "./page";

/** A receiver that answers as it is told to. */
async function receiver(): Promise<{ url: string; answer: (status: number) => void; close: () => void }> {
  let status = 204;
  const server = createServer((request, response) => {
    request.resume();
    request.on("end", () => response.writeHead(status).end());
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/in`,
    answer: (next) => {
      status = next;
    },
    close: () => server.close(),
  };
}

test("an endpoint from its making to its end", async ({ page, request }) => {
  const target = await receiver();
  await page.goto("/");
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Webhooks" }).click();
  await expect(page.getByText("No endpoints yet")).toBeVisible();
  await accessible(page);

  await page.getByRole("button", { name: "New endpoint" }).click();
  const form = page.getByRole("dialog", { name: "New endpoint" });
  await form.getByRole("button", { name: "Make endpoint" }).click();
  await expect(form.getByLabel("Address")).toHaveAttribute("aria-invalid", "true");
  await form.getByLabel("Address").fill("ftp://x.example");
  await form.getByRole("button", { name: "Make endpoint" }).click();
  await expect(form.getByText(/must be an address that starts with http/i)).toBeVisible();
  await form.getByLabel("Address").fill(target.url);
  await form.getByLabel("What it is for").fill("Orders desk");
  await form.getByRole("checkbox", { name: /^An export is complete/ }).check();
  await accessible(page);
  await form.getByRole("button", { name: "Make endpoint" }).click();
  const told = page.getByRole("dialog", { name: /^Secret of/ });
  await expect(told.getByTestId("secret")).toHaveText(/^whsec_.{40,}$/);
  await accessible(page);
  await told.getByRole("button", { name: "I have copied it" }).click();

  const row = page.getByRole("row", { name: /Orders desk/ });
  await expect(row).toContainText("Taking messages");
  await row.getByRole("button", { name: "Test Orders desk" }).click();
  const result = page.getByRole("dialog", { name: /^Test of/ });
  await expect(result.getByRole("status")).toContainText("The endpoint took it");
  await expect(result).toContainText("the answer was 204");
  await accessible(page);
  await result.getByRole("button", { name: "Close" }).click();

  target.answer(500);
  const body = { kind: "profiles", attributes: ["user_id"], format: "csv", definition: { attribute: "gender", operator: "equals", value: "F" } };
  expect((await request.post("/api/v1/exports", { data: body })).status()).toBe(202);
  await expect(row).toContainText("Failing");
  await row.getByRole("button", { name: "Orders desk", exact: true }).click();
  const messages = page.getByRole("dialog", { name: "Messages" });
  await expect(messages.getByRole("row", { name: /export.completed/ })).toContainText("the answer was 500 Internal Server Error");
  await expect(page).toHaveURL(/endpoint=ep_/);
  await accessible(page);
  target.answer(204);
  await messages.getByRole("button", { name: /^Send msg_.* again$/ }).click();
  await expect(messages.getByRole("row", { name: /export.completed/ })).toContainText("Delivered");
  await messages.getByText("Given up").click();
  await expect(messages.getByText("No messages here")).toBeVisible();
  await messages.getByRole("button", { name: "Close messages" }).click();

  await row.getByRole("button", { name: "More for Orders desk" }).click();
  await page.getByRole("menuitem", { name: "New secret" }).click();
  await expect(told).toContainText("signed with the secret before it too");
  await told.getByRole("button", { name: "I have copied it" }).click();
  await expect(row).toContainText("two secrets are live");

  await row.getByRole("button", { name: "More for Orders desk" }).click();
  await page.getByRole("menuitem", { name: "Change" }).click();
  const change = page.getByRole("dialog", { name: "Change endpoint" });
  await change.getByLabel("Disabled: messages wait").check();
  await change.getByRole("button", { name: "Save" }).click();
  await expect(row).toContainText("Disabled");

  await row.getByRole("button", { name: "More for Orders desk" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Delete endpoint" }).click();
  await expect(page.getByText("No endpoints yet")).toBeVisible();
  target.close();
});

test("a segment is watched, on the other side too, and no longer", async ({ page, request }) => {
  const saved = await request.post("/api/v1/segments", { data: { name: "Watched women", definition: { attribute: "gender", operator: "equals", value: "F" } } });
  expect(saved.status()).toBe(201);
  await page.goto("/webhooks");
  const watches = page.getByRole("region", { name: "Watched segments" });
  await expect(watches.getByText("No watches yet")).toBeVisible();
  await page.getByRole("button", { name: "New watch" }).click();
  const form = page.getByRole("dialog", { name: "New watch" });
  await form.getByRole("button", { name: "Make watch" }).click();
  await expect(form.getByText("Say how many people")).toBeVisible();
  await form.getByRole("combobox", { name: "Segment" }).click();
  await page.locator('[role="listbox"]:visible').getByRole("option", { name: /^Watched women/ }).click();
  await form.getByLabel("Threshold, in people").fill("100");
  await form.getByLabel("Looks every so many minutes").fill("4");
  await form.getByRole("button", { name: "Make watch" }).click();
  await expect(form.getByLabel("Looks every so many minutes")).toHaveAttribute("aria-invalid", "true");
  await accessible(page);
  await form.getByLabel("Looks every so many minutes").fill("60");
  await form.getByRole("button", { name: "Make watch" }).click();

  const row = watches.getByRole("row", { name: /Watched women/ });
  await expect(row).toContainText("more than 100 people");
  await expect(row).toContainText("looks every hour");
  await expect(row).toContainText(/6,\d{3}above 100/);
  await accessible(page);

  await row.getByRole("button", { name: /^More for the watch of “Watched women”/ }).click();
  await page.getByRole("menuitem", { name: "Change" }).click();
  const change = page.getByRole("dialog", { name: "Change watch" });
  await expect(change.getByLabel("Threshold, in people")).toHaveValue("100");
  await change.getByRole("combobox", { name: "Tells when it has" }).click();
  await page.locator('[role="listbox"]:visible').getByRole("option", { name: "Fewer people than" }).click();
  await change.getByRole("button", { name: "Save" }).click();
  await expect(row).toContainText("fewer than 100 people");
  await expect(row).toContainText("not below 100");

  await row.getByRole("button", { name: /^More for the watch/ }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Delete watch" }).click();
  await expect(watches.getByText("No watches yet")).toBeVisible();
});

test("watches that cannot be read are said so, below endpoints that can", async ({ page }) => {
  await page.route("**/api/v1/webhooks/watches", (route) => route.fulfill({ status: 500, json: {} }));
  await page.goto("/webhooks");
  await expect(page.getByRole("region", { name: "Watched segments" }).getByRole("alert")).toContainText("could not be loaded");
  await expect(page.getByText("No endpoints yet")).toBeVisible();
});
