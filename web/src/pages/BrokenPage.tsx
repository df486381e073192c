import { sentence } from "../api/errors";
import { Failure } from "../ui/Notice";

/** What is shown when a page itself fails. */
export function BrokenPage({ error, reset }: { error: unknown; reset: () => void }) {
  return <Failure message={sentence(error)} retry={reset} />;
}
