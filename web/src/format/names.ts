/** Names of the data in the words of the page. A name that is not listed here is its own best word. */

const EVENTS: Record<string, string> = {
  journey_enter: "Journey Enter",
  journey_exit: "Journey Exit",
  journey_product_action: "Journey Product Action",
};

const PARAMETERS: Record<string, string> = {
  journey_id: "Journey",
  journey_name: "Journey Name",
  journey_version: "Journey Version",
  pass_id: "Pass",
  enter_reason: "Journey Enter Reason",
  exit_reason: "Journey Exit Reason",
  element_code: "Event Code",
  element_name: "Element Name",
  entered_at: "Entered At",
  campaign_id: "Campaign",
  campaign_name: "Campaign Name",
  channel_code: "Channel",
  action_code: "Action",
  message_id: "Message",
  variant_id: "Variant",
  is_dry_run: "Dry Run",
};

const IDENTIFIERS: Record<string, string> = {
  profile_id: "Profile id",
  user_id: "User id",
  email: "E-mail",
  phone_number: "Phone",
  "*": "All attributes",
};

/** An event's name for people. */
export const eventName = (event: string): string => EVENTS[event] ?? event;

/** A parameter's name for people; only the journey events have names of their own. */
export const parameterName = (event: string, parameter: string): string =>
  event in EVENTS ? (PARAMETERS[parameter] ?? parameter) : parameter;

/** An identifier's or attribute's name for people. */
export const attributeName = (attribute: string): string => IDENTIFIERS[attribute] ?? attribute;

const KINDS: Record<string, string> = { profiles: "Users", events: "Events", passes: "Journey passes", messages: "Messages" };

const FORMATS: Record<string, string> = { csv: "CSV", ndjson: "NDJSON", parquet: "Parquet", arrow: "Arrow", xlsx: "Excel" };

/** The form of an export's files, for people: `CSV, gzip`. */
export const formatName = (format: string, compression?: string | null): string => [FORMATS[format] ?? format, compression].filter(Boolean).join(", ");

/** What a row of an export is, for people. */
export const kindName = (kind: string): string => KINDS[kind] ?? kind;
