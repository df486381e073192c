/** What a definition refers to. */

export interface References {
  segments: Set<string>;
  lists: Set<string>;
}

/** The saved segments and lists that a definition names itself; not those that these name in turn. */
export function referencesOf(definition: unknown): References {
  const found: References = { segments: new Set(), lists: new Set() };
  walk(definition, found);
  return found;
}

function walk(value: unknown, found: References): void {
  if (Array.isArray(value)) {
    for (const item of value) walk(item, found);
  } else if (typeof value === "object" && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      if (typeof member === "string" && name === "segment") found.segments.add(member);
      else if (typeof member === "string" && name === "list") found.lists.add(member);
      else walk(member, found);
    }
  }
}
