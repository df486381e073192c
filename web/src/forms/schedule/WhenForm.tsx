import { Checkbox, Group, Input, NumberInput, SegmentedControl, Select, TextInput } from "@mantine/core";
import { WEEKDAYS, weekdayName } from "../../format/rule";
import { Pick } from "../../ui/Pick";
import classes from "../export/export.module.css";
import { useFault } from "../filter/faults";
import { EVERY, SCHEDULE } from "./draft";
import type { Every, ScheduleDraft } from "./draft";

const LABELS: Record<Every, string> = { minutes: "Minutes", hour: "Hour", day: "Day", week: "Week", month: "Month" };

const STEPS = [5, 6, 10, 12, 15, 20, 30].map((step) => ({ value: String(step), label: `${step} minutes` }));

const DAYS = [...Array.from({ length: 31 }, (_, day) => ({ value: String(day + 1), label: String(day + 1) })), { value: "last", label: "The last day" }];

/** Browsers leave out the names that others stand for, UTC among them. */
const ZONES = [...new Set(["UTC", ...Intl.supportedValuesOf("timeZone")])];

interface Props {
  draft: ScheduleDraft;
  onChange: (change: Partial<ScheduleDraft>) => void;
}

/** When a schedule is due. */
export function WhenForm({ draft, onChange }: Props) {
  const { every } = draft;
  const faults = { at: useFault(SCHEDULE, "at"), weekdays: useFault(SCHEDULE, "weekdays"), zone: useFault(SCHEDULE, "time_zone") };
  const zones = ZONES.includes(draft.timeZone) ? ZONES : [draft.timeZone, ...ZONES];
  return (
    <>
      <SegmentedControl
        aria-label="Every"
        mb="md"
        data={EVERY.map((one) => ({ value: one, label: LABELS[one] }))}
        value={every}
        onChange={(chosen) => onChange({ every: EVERY.find((one) => one === chosen) ?? every })}
      />
      {every === "week" && (
        <Checkbox.Group label="On" mb="md" value={draft.weekdays} onChange={(weekdays) => onChange({ weekdays })} error={faults.weekdays}>
          <Group gap="md" my={6}>
            {WEEKDAYS.map((day) => (
              <Checkbox key={day} value={day} label={weekdayName(day)} aria-invalid={faults.weekdays ? true : undefined} />
            ))}
          </Group>
        </Checkbox.Group>
      )}
      <div className={classes.fields}>
        {every === "minutes" && (
          <Pick label="Every" options={STEPS} value={String(draft.minutes)} onChange={(minutes) => onChange({ minutes: Number(minutes) })} />
        )}
        {every === "hour" && (
          <NumberInput
            label="Minutes past the hour"
            description="Of UTC; clocks that are set do not matter."
            min={0}
            max={59}
            clampBehavior="strict"
            allowDecimal={false}
            value={draft.minute}
            onChange={(minute) => onChange({ minute: Number(minute) || 0 })}
          />
        )}
        {every === "month" && (
          <Pick
            label="Day"
            description="The last one, where a month has fewer."
            options={DAYS}
            value={draft.day}
            onChange={(day) => onChange({ day })}
          />
        )}
        {every !== "minutes" && every !== "hour" && (
          <TextInput type="time" label="At" value={draft.at} onChange={(event) => onChange({ at: event.currentTarget.value.slice(0, 5) })} error={faults.at} />
        )}
        <Select
          label="Time zone"
          data={zones}
          searchable
          allowDeselect={false}
          maxDropdownHeight={320}
          nothingFoundMessage="No time zone of that name"
          value={draft.timeZone}
          onChange={(zone) => zone && onChange({ timeZone: zone })}
          error={faults.zone}
        />
      </div>
      <Input.Description mt="xs">
        {every === "minutes" || every === "hour"
          ? "Counted by elapsed time, so that no run is left out or doubled when clocks are set."
          : "Where the clock skips the time, it runs when the gap is over; where the time comes twice, once, the first time."}
      </Input.Description>
    </>
  );
}
