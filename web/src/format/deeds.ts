/** What the audit tells of, in words; the order is that of a list to choose from. */
export const DEEDS: Record<string, string> = {
  "export.requested": "Export asked for",
  "export.completed": "Export completed",
  "export.failed": "Export failed",
  "export.cancelled": "Export cancelled",
  "export.previewed": "Rows looked at",
  "link.made": "Link given out",
  "links.revoked": "Links taken back",
  "file.downloaded": "File downloaded",
  "file.continued": "Download went on",
  "export.delivered": "Export delivered",
  "key.created": "API key made",
  "key.changed": "API key changed",
  "key.secret_rotated": "New secret of an API key",
  "key.removed": "API key deleted",
};

/** A deed in words; one that is not known here as it is. */
export const deedName = (deed: string): string => DEEDS[deed] ?? deed;
