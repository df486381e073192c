const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;

/**
 * The time zone of the person, by its IANA name, so that days, weeks and months are theirs. A browser may know only
 * an offset (`+03:00`) or nothing; the service then takes UTC.
 */
export const TIMEZONE = /^[A-Za-z]/.test(zone) ? zone : undefined;
