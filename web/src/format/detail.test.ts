import { expect, test } from "vitest";
import { detailWords } from "./detail";

test("a deed's detail is said in words", () => {
  expect(detailWords({ kind: "profiles", format: "csv", filter: "gender is F", rows: 17000, email: "ada@example.com" })).toBe(
    "Users · CSV · gender is F · 17,000 rows · letter to ada@example.com",
  );
  expect(detailWords({ destination: "dst_1", attempts: 1, file: "2026-11-26/exp_1", files: 3, bytes: 2000 })).toBe("1 attempt · 2026-11-26/exp_1 · 3 files · 2.0 kB");
  expect(detailWords({ name: "Agency", revision: 2, policy: null })).toBe("without a policy");
});

test("what is not known here is said as it is", () => {
  expect(detailWords({ continued_from: 12, address: "127.0.0.1" })).toBe("continued from: 12 · address: 127.0.0.1");
});
