import { accessible, expect, test } from "./page";

const PAGES = [
  { path: "/", api: "**/api/v1/profiles/search" },
  { path: "/segments", api: "**/api/v1/segments" },
  { path: "/journeys", api: "**/api/v1/journeys" },
  { path: "/exports", api: "**/api/v1/exports?*" },
  { path: "/exports/new", api: "**/api/v1/dictionary" },
  { path: "/schedules", api: "**/api/v1/schedules?*" },
  { path: "/schedules/edit", api: "**/api/v1/dictionary" },
  { path: "/destinations", api: "**/api/v1/destinations" },
  { path: "/webhooks", api: "**/api/v1/webhooks/endpoints" },
  { path: "/audit", api: "**/api/v1/audit?*" },
  { path: "/keys", api: "**/api/v1/keys" },
  { path: "/mail", api: "**/api/v1/mail" },
];

for (const { path, api } of PAGES) {
  test(`${path} says what went wrong and tries again`, async ({ page }) => {
    const problem = { title: "Disk nearly full", status: 507 };
    await page.route(api, (route) =>
      route.fulfill({ status: 507, contentType: "application/problem+json", body: JSON.stringify(problem) }),
    );
    await page.goto(path);
    const alert = page.getByRole("alert");
    await expect(alert).toContainText("The disk of the service is nearly full.");
    await accessible(page);
    await page.unroute(api);
    await alert.getByRole("button", { name: "Try again" }).click();
    await expect(alert).toBeHidden();
  });
}

test("a service that is gone is said so", async ({ page }) => {
  await page.goto("/journeys");
  await page.route("**/api/**", (route) => route.abort());
  await page.goto("/journeys");
  await expect(page.getByRole("alert")).toContainText("Wayfare is not answering.");
});

test("without a session the sign-in page comes first, and leads back", async ({ page }) => {
  let signedIn = false;
  await page.route("**/api/v1/journeys", async (route) => {
    if (signedIn) await route.continue();
    else await route.fulfill({ status: 401, contentType: "application/problem+json", body: JSON.stringify({ title: "Sign in", status: 401 }) });
  });
  await page.route("**/api/v1/sign-in", (route) => {
    signedIn = (route.request().postDataJSON() as { password: string }).password === "right";
    return route.fulfill(
      signedIn
        ? { status: 204 }
        : { status: 401, contentType: "application/problem+json", body: JSON.stringify({ title: "Wrong password", status: 401 }) },
    );
  });
  await page.goto("/journeys?sort=entered");
  await expect(page.getByRole("heading", { name: "Sign in to Wayfare" })).toBeVisible();
  await accessible(page);
  await page.getByRole("textbox", { name: "Password" }).fill("wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByText("This is not the password.")).toBeVisible();
  await page.getByRole("textbox", { name: "Password" }).fill("right");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(/\/journeys\?sort=entered/);
});

test("an address that leads nowhere says so", async ({ page }) => {
  await page.goto("/nowhere");
  await expect(page.getByText("There is no such page")).toBeVisible();
  await accessible(page);
});
