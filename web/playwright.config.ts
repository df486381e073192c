import { defineConfig } from "@playwright/test";

/**
 * Browser tests against the real binary on the bundled data. `WAYFARE_BIN` names the binary, `CHROMIUM` the browser;
 * neither is ever downloaded.
 */
export default defineConfig({
  testDir: "e2e",
  globalSetup: "./e2e/service.ts",
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 20_000 },
  reporter: [["list"]],
  forbidOnly: Boolean(process.env.CI),
  use: {
    viewport: { width: 1440, height: 900 },
    timezoneId: "Europe/Istanbul",
    acceptDownloads: true,
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
