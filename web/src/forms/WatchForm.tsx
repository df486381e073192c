import { Alert, Button, Group, Modal, NumberInput, SimpleGrid, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { refusedPath, sentence } from "../api/errors";
import { savedSegmentsQuery } from "../api/savedSegments";
import type { SegmentWatch } from "../api/types";
import { changeWatch, makeWatch } from "../api/webhooks";
import { useSavedNames } from "../components/useSavedNames";
import { Choice } from "../ui/Choice";
import { Pick } from "../ui/Pick";

interface Props {
  /** The watch that is changed; a new one without. */
  watch?: SegmentWatch;
  onClose: () => void;
}

const SIDES = [
  { value: "above", label: "More people than" },
  { value: "below", label: "Fewer people than" },
] as const;

/** Paths that have a field of their own. */
const PLACES = ["segment", "above", "below", "every_minutes"];

/** Makes a watch of a segment, or changes one. */
export function WatchForm({ watch, onClose }: Props) {
  const queries = useQueryClient();
  const saved = useQuery(savedSegmentsQuery());
  const named = useSavedNames();
  const [segment, setSegment] = useState<string | null>(watch?.segment ?? null);
  const [side, setSide] = useState<"above" | "below">(watch?.below === undefined ? "above" : "below");
  const [threshold, setThreshold] = useState<number | null>(watch?.above ?? watch?.below ?? null);
  const [minutes, setMinutes] = useState<number | null>(watch?.every_minutes ?? 60);
  const [tried, setTried] = useState(false);
  const save = useMutation({
    mutationFn: (known: { segment: string; threshold: number; minutes: number }) => {
      const body = { segment: known.segment, [side]: known.threshold, every_minutes: known.minutes };
      return watch ? changeWatch(watch.id, body) : makeWatch(body);
    },
    onSuccess: onClose,
    onSettled: () => queries.invalidateQueries({ queryKey: ["webhooks"] }),
  });
  const path = refusedPath(save.error);
  const at = (...places: string[]) => (path !== undefined && places.includes(path) ? sentence(save.error) : undefined);
  const need = (value: unknown, message: string) => (tried && value === null ? message : undefined);
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={
        <Text component="span" fw={640}>
          {watch ? "Change watch" : "New watch"}
        </Text>
      }
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (segment !== null && threshold !== null && minutes !== null) save.mutate({ segment, threshold, minutes });
        }}
      >
        <Stack>
          <Choice
            label="Segment"
            labelled
            placeholder={saved.data?.segments.length === 0 ? "No segment is saved yet" : "Choose a segment"}
            options={saved.data?.segments.map(({ id, name, words }) => ({ value: id, label: name, meaning: named(words) })) ?? []}
            value={segment}
            onChange={setSegment}
            error={need(segment, "Choose a segment") ?? at("segment") ?? (saved.isError ? sentence(saved.error) : undefined)}
          />
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <Pick label="Tells when it has" options={SIDES} value={side} onChange={setSide} />
            <NumberInput
              label="Threshold, in people"
              min={0}
              allowDecimal={false}
              allowNegative={false}
              thousandSeparator=","
              value={threshold ?? ""}
              onChange={(people) => setThreshold(typeof people === "number" ? people : null)}
              error={need(threshold, "Say how many people") ?? at("above", "below")}
            />
          </SimpleGrid>
          <NumberInput
            label="Looks every so many minutes"
            description="5 minutes to a week."
            min={5}
            max={10_080}
            clampBehavior="none"
            allowDecimal={false}
            allowNegative={false}
            thousandSeparator=","
            value={minutes ?? ""}
            onChange={(entered) => setMinutes(typeof entered === "number" ? entered : null)}
            error={need(minutes, "Say how often") ?? at("every_minutes")}
          />
          {save.isError && !PLACES.includes(path ?? "") && (
            <Alert color="red" variant="light" role="alert" title="It was not saved">
              {sentence(save.error)}
            </Alert>
          )}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending}>
              {watch ? "Save" : "Make watch"}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
