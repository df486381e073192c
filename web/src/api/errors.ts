/** The one place where an error of the API becomes a sentence for a person. */
import { ApiError, UnreachableError } from "./client";

const BY_STATUS: Record<number, string> = {
  401: "Please sign in to go on.",
  403: "This page may not call the service from here. Open it at the address that Wayfare printed.",
  404: "This no longer exists, or never did.",
  409: "Something else changed this meanwhile. Reload and try again.",
  410: "This link has expired. Ask for a new one under Exports.",
  413: "That is more than one request may carry.",
  429: "Too many requests at once. Wait a moment and try again.",
  507: "The disk of the service is nearly full. Nothing saved is lost; free some space and try again.",
};

/** What went wrong, in a sentence. */
export function sentence(error: unknown): string {
  if (error instanceof UnreachableError) {
    return "Wayfare is not answering. Check that it is still running, then try again.";
  }
  if (!(error instanceof ApiError)) return "Something unexpected happened in this page. Reload it and try again.";
  const { status, message, detail, nearest } = error.problem;
  if (status === 422) {
    const said = full(message ?? detail);
    return nearest ? `${said} Did you mean “${nearest}”?` : said;
  }
  // What it conflicts with is known only there.
  if (status === 409 && detail) return full(detail);
  return BY_STATUS[status] ?? (detail ? full(detail) : `The service answered with an error (${status}). Try again.`);
}

/** The path inside the request that a refusal (422) points at, if it is one. */
export function refusedPath(error: unknown): string | undefined {
  return error instanceof ApiError && error.status === 422 ? (error.problem.path ?? "") : undefined;
}

/** Whether trying again later could help without anything else changing. */
export function worthRetrying(error: unknown): boolean {
  return !(error instanceof ApiError) || error.status >= 500 || error.status === 429;
}

function full(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}
