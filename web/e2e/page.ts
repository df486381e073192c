/** What every browser test needs: the address of the service, and what must never happen on a page. */
import AxeBuilder from "@axe-core/playwright";
import { expect, test as base } from "@playwright/test";
import type { Page } from "@playwright/test";

/** Set by the global setup, which is done before any worker reads this file. */
const address = process.env.WAYFARE_URL;

export const test = base.extend<{ clean: undefined }>({
  baseURL: address,
  // A script error or a broken promise fails the test, whatever it looked at.
  clean: [
    async ({ page }, use) => {
      const errors: string[] = [];
      page.on("pageerror", (error) => errors.push(error.message));
      await use(undefined);
      expect(errors).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

/** No accessibility rule that axe knows is broken. */
export async function accessible(page: Page): Promise<void> {
  // Half-faded things have half their contrast; what counts is how the page comes to rest.
  await page.waitForFunction(() =>
    document
      .getAnimations()
      .every((animation) => animation.playState !== "running" || animation.effect?.getComputedTiming().iterations === Infinity),
  );
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html}\n${node.failureSummary ?? ""}`).join("\n")}`);
  expect(found).toEqual([]);
}

/** The rows of a CSV of plain cells, by the name of their column. */
export function csvColumn(text: string, column: string): string[] {
  const [header, ...rows] = text.trimEnd().split("\n");
  const at = (header ?? "").split(",").indexOf(column);
  expect(at, `the file has a column ${column}`).toBeGreaterThanOrEqual(0);
  return rows.map((row) => row.split(",")[at] ?? "");
}
