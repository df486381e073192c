/** Figures for people. */

const WHOLE = new Intl.NumberFormat("en");
const PERCENT = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1 });

/** `17,000`. */
export const count = (value: number): string => WHOLE.format(value);

/** `2%`, `0.4%`. */
export const share = (part: number, whole: number): string => (whole === 0 ? "–" : PERCENT.format(part / whole));

/** `1 person`, `345 people`. */
export const plural = (value: number, one: string, many: string): string => `${count(value)} ${value === 1 ? one : many}`;

/** `1.4 MB`, in powers of 1,000. */
export function bytes(value: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let amount = value;
  let unit = 0;
  while (amount >= 1000 && unit < units.length - 1) {
    amount /= 1000;
    unit += 1;
  }
  const text = unit === 0 || amount >= 100 ? Math.round(amount).toString() : amount.toFixed(1);
  return `${text} ${units[unit] ?? ""}`;
}
