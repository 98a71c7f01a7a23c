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

/** Epoch seconds as "YYYY-MM-DD HH:MM:SS" of a zone: an IANA name, or "" for the reader's own. */
export function stamp(seconds, zone) {
  return new Date((seconds + offsetOf(seconds, zone)) * 1000).toISOString().slice(0, 19).replace("T", " ");
}

/** Epoch seconds as "HH:MM", with seconds where asked. */
export function clock(seconds, zone, withSeconds = false) {
  return stamp(seconds, zone).slice(11, withSeconds ? 19 : 16);
}

/** Five or so round times of a range, by the clocks of a zone. */
export function times({ start, end }, zone) {
  const shift = offsetOf(end, zone);
  return ticks(start + shift, end + shift, 5, "s").map((seconds) => seconds - shift);
}

const formats = new Map(); // Zone -> its formatter, which is dear to make.

/** Seconds by which the clocks of a zone are ahead of UTC. */
function offsetOf(seconds, zone) {
  if (zone === "UTC") return 0;
  if (!zone) return -new Date(seconds * 1000).getTimezoneOffset() * 60;
  if (!formats.has(zone)) formats.set(zone, new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset" }));
  const parts = formats.get(zone).formatToParts(seconds * 1000);
  const [, sign, hours, minutes] = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(
    parts.find(({ type }) => type === "timeZoneName").value,
  );
  return sign ? (sign === "-" ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60) : 0;
}

/** The zone, where the browser has one of this name; else the reader's own. */
export function zoneOf(name) {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name || undefined }) && (name ?? "");
  } catch {
    return "";
  }
}
