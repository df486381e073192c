import { expect, test } from "vitest";
import type { Destination } from "../../api/types";
import { fieldAt, settingsOf, valuesOf } from "./fields";

const sftp = {
  id: "dst_1",
  revision: 1,
  name: "Partner",
  disabled: false,
  settings: { kind: "sftp", host: "h", port: 2222, user: "u", host_key: "ssh-ed25519 AAAA", prefix: "{id}", password: { set: true }, private_key: { set: false } },
  changed_at: "2026-09-02T07:00:00Z",
  changed_by: "test",
} as unknown as Destination;

test("what was not typed again stays", () => {
  const values = valuesOf(sftp);
  expect(values).toEqual({ host: "h", port: "2222", user: "u", host_key: "ssh-ed25519 AAAA", prefix: "{id}" });
  expect(settingsOf("sftp", values, sftp)).toEqual({
    kind: "sftp",
    host: "h",
    port: 2222,
    user: "u",
    host_key: "ssh-ed25519 AAAA",
    prefix: "{id}",
    password: { set: true },
  });
});

test("a key takes the place of a password", () => {
  const settings = settingsOf("sftp", { ...valuesOf(sftp), private_key: "KEY" }, sftp) as Record<string, unknown>;
  expect(settings.private_key).toBe("KEY");
  expect(settings).not.toHaveProperty("password");
});

test("a service account's key goes as it was pasted", () => {
  const key = '{\n  "client_email": "a@b.example"\n}\n';
  expect(settingsOf("gcs", { bucket: "b", prefix: "", service_account_key: key }, undefined)).toEqual({ kind: "gcs", bucket: "b", service_account_key: key });
});

test("no secret goes with another kind", () => {
  expect(settingsOf("s3", { bucket: " b ", region: "" }, sftp)).toEqual({ kind: "s3", bucket: "b" });
});

test("addresses stand one a line", () => {
  const team = { ...sftp, settings: { kind: "email", to: ["a@x.example", "b@x.example"] } } as unknown as Destination;
  expect(valuesOf(team)).toEqual({ to: "a@x.example\nb@x.example" });
  expect(settingsOf("email", { to: " a@x.example\n\nb@x.example, c@x.example;" }, team)).toEqual({
    kind: "email",
    to: ["a@x.example", "b@x.example", "c@x.example"],
  });
  expect(settingsOf("email", {}, undefined)).toEqual({ kind: "email", to: [] });
  expect(fieldAt("settings.to[12]")).toBe("settings.to");
  expect(fieldAt(undefined)).toBeUndefined();
});

test("a webhook keeps its secret, or has one made", () => {
  const hook = { ...sftp, settings: { kind: "webhook", url: "https://r.example", signing_secret: { set: true } } } as unknown as Destination;
  expect(settingsOf("webhook", valuesOf(hook), hook)).toEqual({ kind: "webhook", url: "https://r.example", signing_secret: { set: true } });
  expect(settingsOf("webhook", { url: "https://r.example" }, undefined)).toEqual({ kind: "webhook", url: "https://r.example" });
});
