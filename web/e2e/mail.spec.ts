import { accessible, expect, test } from "./page";

test("a test letter is sent, refused at its field, and read", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Mail" }).click();
  await page.getByRole("button", { name: "Send a test letter" }).click();
  const form = page.getByRole("dialog", { name: "Test letter" });
  await form.getByRole("button", { name: "Send it" }).click();
  await expect(form.getByText("Give the address")).toBeVisible();
  await form.getByLabel("E-mail address").fill("nobody");
  await form.getByRole("button", { name: "Send it" }).click();
  await expect(form.getByText(/is not an e-mail address/)).toBeVisible();
  await expect(form.getByLabel("E-mail address")).toHaveAttribute("aria-invalid", "true");
  await form.getByLabel("E-mail address").fill("ada@example.com");
  await form.getByRole("button", { name: "Send it" }).click();
  await expect(form.getByRole("status")).toContainText("The letter was written");
  await accessible(page);
  await form.getByRole("link", { name: "Read it" }).click();
  await expect(form).toBeHidden();
  await expect(page.getByRole("article", { name: "A test letter of Wayfare" })).toContainText("ada@example.com");
});

test("what a relay refuses is said in words", async ({ page }) => {
  const message = "relay.example refuses gone@example.com for good: 550 no such user";
  await page.route("**/api/v1/mail/test", (route) =>
    route.fulfill({ json: { ok: false, done: ["connect"], failed: "send", fault: "recipient", message } }),
  );
  await page.goto("/mail");
  await page.getByRole("button", { name: "Send a test letter" }).click();
  const form = page.getByRole("dialog", { name: "Test letter" });
  await form.getByLabel("E-mail address").fill("gone@example.com");
  await form.getByRole("button", { name: "Send it" }).click();
  await expect(form.getByRole("alert")).toContainText("The relay refuses the address");
  await expect(form.getByRole("alert")).toContainText(message);
});

test("a dialog at phone width has no second banner", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto("/mail");
  await page.getByRole("button", { name: "Send a test letter" }).click();
  await expect(page.getByRole("dialog", { name: "Test letter" })).toBeVisible();
  await accessible(page);
});
