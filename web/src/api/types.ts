/** The shapes that the native API speaks. */

/** One value as the API writes it. */
export type Value = string | number | boolean | null | Value[];

/** A segment definition, parsed JSON; `filters/definition.ts` knows its forms. */
export type Definition = Record<string, unknown>;

export interface Problem {
  type?: string;
  title: string;
  status: number;
  detail?: string;
  code?: string;
  path?: string;
  message?: string;
  nearest?: string | null;
}

export interface Identifiers {
  user_id?: string | null;
  email?: string | null;
  phone_number?: string | null;
  custom?: Record<string, string> | null;
}

export interface ProfileRow {
  profile_id: string;
  identifiers: Identifiers;
  attributes: Record<string, Value>;
  created_at: string;
}

export type IdentifierName = "profile_id" | "user_id" | "email" | "phone_number";

export interface ProfileSearch {
  definition?: Definition;
  query?: string;
  by?: IdentifierName;
  as_of?: string;
  cursor?: string;
  limit?: number;
}

export interface ProfilePage {
  profiles: ProfileRow[];
  next_cursor?: string | null;
  position: number;
  as_of: string;
}

export interface ProfileAttribute {
  name: string;
  type: string;
  value: Value;
}

export interface Profile {
  profile_id: string;
  identifiers: Identifiers;
  attributes: ProfileAttribute[];
  created_at: string;
  position: number;
}

export interface ProductAction {
  channel_code?: string | null;
  channel_name?: string | null;
  action_code?: number | null;
  action_name?: string | null;
  meaning?: string | null;
}

export interface ProfileEvent {
  event_id: string;
  event: string;
  timestamp: string;
  received_at: string;
  position: number;
  user_id?: string | null;
  params: Record<string, Value>;
  action?: ProductAction | null;
}

export interface ProfileEventPage {
  events: ProfileEvent[];
  next_cursor?: string | null;
  position: number;
}

export interface Field {
  name: string;
  column: string;
  type: string;
  declared: boolean;
  values: number;
  against: Record<string, number>;
}

export interface EventEntry {
  name: string;
  table: string;
  count: number;
  parameters: Field[];
}

export interface Channel {
  code: string;
  name: string;
}

export interface Action {
  code: number;
  name: string;
  meaning: string;
}

export interface Dictionary {
  position: number;
  identifiers: string[];
  attributes: Field[];
  events: EventEntry[];
  channels: Channel[];
  actions: Action[];
}

export interface KnownValue {
  value: Value;
  count: number;
  name?: string | null;
  meaning?: string | null;
}

export interface KnownValues {
  values: KnownValue[];
  distinct: number;
  position: number;
}

export interface SegmentCount {
  count: number;
  population: number;
  position: number;
  as_of: string;
  took_ms: number;
  filters: number;
  words: string;
}

export interface JourneyCampaign {
  campaign_id?: number | null;
  campaign_name?: string | null;
  channel_code: string;
}

export interface Journey {
  journey_id: number;
  journey_name?: string | null;
  entered: number;
  entered_profiles: number;
  exited: number;
  exited_profiles: number;
  messages: Record<string, Record<string, number>>;
  campaigns: JourneyCampaign[];
  last_activity?: string | null;
}

export interface Journeys {
  journeys: Journey[];
  position: number;
}

export type ExportStatus = "queued" | "running" | "complete" | "failed" | "cancelled";
export type ExportFormat = "csv" | "ndjson" | "parquet";
export type Compression = "gzip" | "zstd";
export type Formulas = "escape" | "raw" | "refuse";

export interface ExportRequest {
  kind: "profiles" | "events";
  definition?: Definition;
  attributes?: string[];
  format: ExportFormat;
  compression?: Compression;
  formulas?: Formulas;
  email?: string;
  as_of?: string;
}

export interface ExportPart {
  file: string;
  rows: number;
  bytes: number;
  sha256: string;
}

export interface ExportLink {
  url: string;
  expires_at: string;
}

export interface ExportJob {
  id: string;
  kind: string;
  status: ExportStatus;
  created_at: string;
  started_at?: string | null;
  finished_at?: string | null;
  progress: { rows: number; rows_expected?: number | null; bytes: number; percent: number };
  filter_words: string;
  filters: number;
  definition?: Definition | null;
  attributes: string[];
  format: ExportFormat;
  compression?: Compression | null;
  email?: string | null;
  requested_by?: string | null;
  position?: number | null;
  as_of: string;
  rows?: number | null;
  bytes?: number | null;
  parts: ExportPart[];
  error?: string | null;
  warnings: string[];
  link?: ExportLink | null;
  mail_id?: string | null;
  files_kept_until?: string | null;
  files_gone?: boolean;
}

export interface ExportPage {
  exports: ExportJob[];
  next_cursor?: string | null;
}

export interface MailSummary {
  id: string;
  to: string;
  subject: string;
  date?: string | null;
}

export interface Mail extends MailSummary {
  from: string;
  html?: string | null;
  text?: string | null;
}

export interface About {
  version: string;
  /** Told only to those who may read. */
  position?: number | null;
  mail: "directory" | "smtp";
  sign_in_required: boolean;
  signed_in: boolean;
}
