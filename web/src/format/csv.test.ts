import { expect, test } from "vitest";
import { hasHeader, likelyIds, readCsv } from "./csv";

test("cells, quotes and lines of every kind", () => {
  expect(readCsv('a,b\r\n1,"x, ""y""\nz"\n\n2,\n')).toEqual([["a", "b"], ["1", 'x, "y"\nz'], ["2", ""]]);
  expect(readCsv("\uFEFFuser_id;note\nu1;a,b")).toEqual([["user_id", "note"], ["u1", "a,b"]]);
  expect(readCsv("u1\nu2\n")).toEqual([["u1"], ["u2"]]);
  expect(readCsv("a\tb\n1\t2")).toEqual([["a", "b"], ["1", "2"]]);
  expect(readCsv('5" disc,b')).toEqual([['5" disc', "b"]]);
  expect(readCsv("")).toEqual([]);
});

test.each([
  ["user_id\nu1", true],
  ["name,userId\nada,u1", true],
  ["E-mail,Customer ID\na@example.com,u1", true],
  ["u1\nu2", false],
  ["user_id", false],
  ["id-1\nid-2", false],
])("whether %j starts with names of columns: %j", (text, expected) => {
  expect(hasHeader(readCsv(text))).toBe(expected);
});

test("the column of user ids", () => {
  expect(likelyIds(["email", "user_id", "id"])).toBe(1);
  expect(likelyIds(["email", "Customer_ID"])).toBe(1);
  expect(likelyIds(["a", "b"])).toBe(0);
});
