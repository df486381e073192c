/** Who did something, as the service writes it down: its names without the ids behind them. */

const KEPT_ID = / \((?:key|dst)_[0-9a-z]+\)$/;

/** `API key Agency (key_…)` is “API key Agency”; `destination ada@example.com (email)` is her address. */
export const whoName = (who: string): string => who.replace(KEPT_ID, "").replace(/^destination (.*) \(email\)$/, "$1");

/** The schedule that somebody is. */
export const scheduleOf = (who: string): string | undefined => /^schedule (sch_[0-9a-z]+)$/.exec(who)?.[1];

/** The end of an id, by which people tell it from others: ids of one day begin alike. */
export const shortId = (id: string): string => id.replace(/_[0-9a-z]+(?=[0-9a-z]{8}$)/, "_…");
