/** Webhooks in the app: an endpoint is made, tested, fails, is tried again, gets a new secret, and goes. */
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
