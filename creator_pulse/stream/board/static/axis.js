// Ticks of an axis at round numbers, and times in the board's time zone.

const ROUND_SECONDS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800,
];

/** Round tick positions from `low` to `high`, about `count` of them. */
export function ticks(low, high, count, unit) {
  const step = roundStep((high - low) / Math.max(1, count), unit);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.min(50, last - first + 1) }, (_none, index) =>
    Number(((first + index) * step).toPrecision(12)),
  );
}

function roundStep(least, unit) {
  if (unit === "s" && least > 1) return ROUND_SECONDS.find((step) => step >= least) ?? least;
  const base = unit === "bytes" && least > 1 ? 1024 ** Math.floor(Math.log(least) / Math.log(1024)) : 1;
  const size = 10 ** Math.floor(Math.log10(least / base));
  return base * size * ([1, 2, 2.5, 5, 10].find((factor) => factor * size >= (least / base) * 0.9999) ?? 10);
}

/** Epoch seconds as "YYYY-MM-DD HH:MM:SS" of the board's zone. */
export function stamp(seconds, utc) {
  const shift = utc ? 0 : new Date(seconds * 1000).getTimezoneOffset() * 60;
  return new Date((seconds - shift) * 1000).toISOString().slice(0, 19).replace("T", " ");
}

/** Epoch seconds as "HH:MM", with seconds where asked. */
export function clock(seconds, utc, withSeconds = false) {
  return stamp(seconds, utc).slice(11, withSeconds ? 19 : 16);
}
