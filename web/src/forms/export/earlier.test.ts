import { expect, test } from "vitest";
import type { ExportJob } from "../../api/types";
import { earlierExports } from "./earlier";

const job = (id: string, told: object) => ({ id, kind: "events", status: "complete", created_at: "2026-09-01T00:00:00Z", position: 1200, rows: 1, ...told }) as unknown as ExportJob;

test("complete exports alone, the same kind first, each with where it ends", () => {
  const jobs = [
    job("exp_1", { kind: "profiles", rows: 1000 }),
    job("exp_2", {}),
    job("exp_3", { status: "failed" }),
    job("exp_4", { request: { positions: { from: 0, to: 900 } } }),
    job("exp_5", { position: undefined }),
  ];
  const options = earlierExports(jobs, "events");
  expect(options.map(({ value }) => value)).toEqual(["exp_2", "exp_4", "exp_1"]);
  expect(options.map(({ meaning }) => meaning)).toEqual([
    "1 row · ends at position 1,200 · exp_2",
    "1 row · ends at position 900 · exp_4",
    "1,000 rows · ends at position 1,200 · exp_1",
  ]);
  expect(options[2]?.label).toMatch(/^Users, /);
});
