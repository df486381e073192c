/** The exports that an incremental one can begin behind. */
import { endOf } from "../../api/exports";
import type { ExportJob, ExportKind } from "../../api/types";
import { kindName } from "../../format/names";
import { count, plural } from "../../format/number";
import { local } from "../../format/time";
import type { Option } from "../../ui/Option";

/** Complete exports, those of the same kind first: a chain asks for the same in each of its links. */
export function earlierExports(jobs: ExportJob[], kind: ExportKind): Option[] {
  const same = (job: ExportJob) => Number(job.kind === kind);
  return jobs
    .filter((job) => job.status === "complete" && endOf(job) !== undefined)
    .sort((a, b) => same(b) - same(a))
    .map((job) => ({
      value: job.id,
      label: `${kindName(job.kind)}, ${local(job.created_at)}`,
      meaning: `${plural(job.rows ?? 0, "row", "rows")} · ends at position ${count(endOf(job) ?? 0)} · ${job.id}`,
    }));
}
