import { sentence } from "../api/errors";
import { Failure } from "../ui/Notice";

/** An error of a query in the place of its content. */
export function QueryFailure({ error, retry }: { error: unknown; retry: () => unknown }) {
  return <Failure message={sentence(error)} retry={() => void retry()} />;
}
