// Figures in the reader's language.

import { number } from "../words.js";

const MISSING = "–";

/** A fraction as a percentage with two digits. */
export const percent = (value) =>
  value === null || value === undefined
    ? MISSING
    : number(value, { style: "percent", minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** A number of bytes. */
export const bytes = (count) =>
  count >= 1e6
    ? number(count / 1e6, { style: "unit", unit: "megabyte", maximumFractionDigits: 1 })
    : number(Math.ceil(count / 1e3), { style: "unit", unit: "kilobyte" });

/** Seconds, as minutes or hours where these are many. */
export function seconds(value) {
  const [unit, size] = value >= 7200 ? ["hour", 3600] : value >= 120 ? ["minute", 60] : ["second", 1];
  const digits = value / size < 10 ? 1 : 0;
  return number(value / size, { style: "unit", unit, maximumFractionDigits: digits });
}

/** A recorded time. */
export function moment(text, long = false) {
  const time = new Date(text);
  if (!text || Number.isNaN(time.getTime())) return text ?? "";
  const today = new Date().toDateString() === time.toDateString();
  const shape = long
    ? { dateStyle: "medium", timeStyle: "short" }
    : today
      ? { timeStyle: "short" }
      : { dateStyle: "short" };
  return new Intl.DateTimeFormat(document.documentElement.lang, shape).format(time);
}
