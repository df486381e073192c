/** What each kind of destination asks for, and how its fields become settings. */
import type { Destination, DestinationSettings } from "../../api/types";

export type Kind = DestinationSettings["kind"];

export interface Field {
  /** The member of the settings. */
  name: string;
  label: string;
  description?: string;
  placeholder?: string;
  optional?: boolean;
  /** It is shown never again, and stays as it is where nothing is typed. */
  secret?: boolean;
  lines?: boolean;
  /** Several, one a line. */
  many?: boolean;
}

export const KINDS: readonly { value: Kind; label: string }[] = [
  { value: "s3", label: "S3 bucket" },
  { value: "gcs", label: "Google Cloud Storage" },
  { value: "azure", label: "Azure Blob Storage" },
  { value: "sftp", label: "SFTP server" },
  { value: "folder", label: "Folder of the service's machine" },
  { value: "email", label: "E-mail with a link" },
  { value: "webhook", label: "Webhook with a link" },
];

const PREFIX: Field = {
  name: "prefix",
  label: "Folder of each export",
  description: "May hold {date}, {time}, {id}, {kind} and {name}; {id} must be in it.",
  placeholder: "{date}/{id}",
  optional: true,
};
const ISSUER: Field = {
  name: "ca_certificate",
  label: "Issuer of the server's certificate",
  description: "As PEM; only where the web does not know it.",
  optional: true,
  lines: true,
};
export const FIELDS: Record<Kind, Field[]> = {
  s3: [
    { name: "bucket", label: "Bucket" },
    { name: "region", label: "Region", placeholder: "us-east-1", optional: true },
    { name: "endpoint", label: "Endpoint", description: "Only where it is not the provider's own.", placeholder: "https://s3.example.com", optional: true },
    { name: "access_key_id", label: "Access key id" },
    { name: "secret_access_key", label: "Secret access key", secret: true },
    PREFIX,
    ISSUER,
  ],
  gcs: [
    { name: "bucket", label: "Bucket" },
    { name: "service_account_key", label: "Service account key", description: "The JSON file, whole.", secret: true, lines: true },
    PREFIX,
  ],
  azure: [
    { name: "account", label: "Storage account" },
    { name: "container", label: "Container" },
    { name: "endpoint", label: "Endpoint", description: "Only where it is not the provider's own.", placeholder: "https://account.blob.core.windows.net", optional: true },
    { name: "account_key", label: "Account key", secret: true },
    PREFIX,
    ISSUER,
  ],
  sftp: [
    { name: "host", label: "Host", placeholder: "sftp.example.com" },
    { name: "port", label: "Port", placeholder: "22", optional: true },
    { name: "user", label: "User" },
    { name: "password", label: "Password", description: "Or a private key below.", optional: true, secret: true },
    { name: "private_key", label: "Private key", description: "Whole, without a passphrase.", optional: true, secret: true, lines: true },
    { name: "host_key", label: "The server's public key", description: "As ssh-keyscan prints it, without the host.", placeholder: "ssh-ed25519 AAAA…" },
    { name: "folder", label: "Folder on the server", optional: true, placeholder: "where the user lands" },
    PREFIX,
  ],
  folder: [
    { name: "path", label: "Path", description: "Below the folder that the operator set apart for exports.", placeholder: "/srv/exports/partner" },
    PREFIX,
  ],
  email: [{ name: "to", label: "Addresses", description: "One a line; each gets a letter with a link.", placeholder: "you@example.com", lines: true, many: true }],
  webhook: [
    { name: "url", label: "Address", description: "Gets one message of the Standard Webhooks with a link.", placeholder: "https://receiver.example/wayfare" },
    { name: "signing_secret", label: "Secret", description: "Where none is given, one is made and shown once.", placeholder: "whsec_…", optional: true, secret: true },
    ISSUER,
  ],
};

/** What is typed into each field. */
export type Values = Partial<Record<string, string>>;

/** The fields of a destination that is there; its secrets stay empty. */
export function valuesOf(destination: Destination): Values {
  const members = Object.entries(destination.settings as Record<string, unknown>);
  return Object.fromEntries(
    members.flatMap(([name, value]) => {
      if (Array.isArray(value)) return [[name, value.join("\n")]];
      return name !== "kind" && (typeof value === "string" || typeof value === "number") ? [[name, `${value}`]] : [];
    }),
  );
}

/** Whether a secret is kept already. */
export function isSet(destination: Destination | undefined, kind: Kind, name: string): boolean {
  if (destination?.settings.kind !== kind) return false;
  const value = (destination.settings as Record<string, unknown>)[name];
  return typeof value === "object" && value !== null && "set" in value && value.set === true;
}

/** The settings as the API takes them. */
export function settingsOf(kind: Kind, values: Values, destination: Destination | undefined): DestinationSettings {
  const settings: Record<string, unknown> = { kind };
  const givesPassword = Boolean(values.password);
  const givesKey = Boolean(values.private_key);
  for (const { name, secret, many } of FIELDS[kind]) {
    const typed = secret ? (values[name] ?? "") : (values[name] ?? "").trim();
    // A new password takes the place of a key that was kept, and the other way round.
    const replaced = (name === "password" && givesKey) || (name === "private_key" && givesPassword);
    if (many) settings[name] = linesOf(typed);
    else if (typed !== "") settings[name] = name === "port" && /^\d+$/.test(typed) ? Number(typed) : typed;
    else if (secret && !replaced && isSet(destination, kind, name)) settings[name] = { set: true };
  }
  return settings as DestinationSettings;
}

/** The lines that something stands in; commas and semicolons part addresses too. */
function linesOf(text: string): string[] {
  return text
    .split(/[\n,;]/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** The field that a path of a refusal belongs to, such as `settings.to[1]`. */
export function fieldAt(path: string | undefined): string | undefined {
  return path?.replace(/\[\d+\]$/, "");
}
