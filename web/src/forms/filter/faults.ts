import { createContext, use } from "react";
import type { Missing } from "../../filters/complete";

/** What is wrong in the filter being edited: entries that are missing, or what the service refused. */
export const Faults = createContext<readonly Missing[]>([]);

/** The message for a part of a condition, if something is wrong with it. */
export function useFault(id: string, ...parts: string[]): string | undefined {
  return use(Faults).find((fault) => fault.id === id && parts.includes(fault.part))?.message;
}

/** The message for a condition that belongs to none of `parts`, each of which shows its own. */
export function useOtherFault(id: string, parts: readonly string[]): string | undefined {
  return use(Faults).find((fault) => fault.id === id && !parts.includes(fault.part))?.message;
}
