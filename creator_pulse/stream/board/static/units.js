// Numbers as Grafana writes them: unit ids of a panel's fieldConfig to text.

const SHORT = [
  [1e12, " Tri"],
  [1e9, " Bil"],
  [1e6, " Mil"],
  [1e3, " K"],
];
const MONEY = [
  [1e12, "T"],
  [1e9, "B"],
  [1e6, "M"],
  [1e3, "K"],
];
const IEC = [
  [2 ** 40, " TiB"],
  [2 ** 30, " GiB"],
  [2 ** 20, " MiB"],
  [2 ** 10, " KiB"],
];
const SI = [
  [1e12, " TB"],
  [1e9, " GB"],
  [1e6, " MB"],
  [1e3, " kB"],
];
const SECONDS = [
  [31536000, " years"],
  [604800, " weeks"],
  [86400, " days"],
  [3600, " hours"],
  [60, " mins"],
  [1, " s"],
  [1e-3, " ms"],
  [1e-6, " µs"],
  [1e-9, " ns"],
];
const CURRENCY = { currencyUSD: "$", currencyEUR: "€", currencyGBP: "£", currencyJPY: "¥" };
const RATE = {
  reqps: " req/s",
  ops: " ops/s",
  cps: " c/s",
  rps: " rd/s",
  wps: " wr/s",
  eps: " ev/s",
  mps: " msg/s",
};
const YES_NO = { bool: ["True", "False"], bool_yes_no: ["Yes", "No"], bool_on_off: ["On", "Off"] };
const DURATION = [
  ["year", 31536000],
  ["week", 604800],
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

/** Digits after the point where the panel does not say: three significant ones; zeros at the end fall away. */
export function decimalsFor(value) {
  if (Number.isInteger(value)) return 0;
  const magnitude = Math.floor(Math.log10(Math.abs(value)));
  return Math.min(8, Math.max(0, 2 - magnitude));
}

function fixed(value, decimals) {
  if (decimals !== undefined) return value.toFixed(decimals);
  return value
    .toFixed(decimalsFor(value))
    .replace(/(\.\d*?)0+$/, "$1")
    .replace(/\.$/, "");
}

/** The value in the largest scale it reaches; 0 and what is below all scales stays in the base unit. */
function scaled(value, scales, decimals, base = "") {
  const size = Math.abs(value);
  const [divisor, suffix] = (size > 0 && scales.find(([least]) => size >= least)) || [1, base];
  return fixed(value / divisor, decimals) + suffix;
}

function time(seconds, decimals) {
  return scaled(seconds, SECONDS, decimals, " s").replace(/^(-?1) (min|hour|day|week|year)s$/, "$1 $2");
}

function words(seconds, most = 2) {
  let rest = Math.round(Math.abs(seconds));
  const parts = [];
  for (const [name, size] of DURATION) {
    const count = Math.floor(rest / size);
    if (count === 0) continue;
    parts.push(`${count} ${name}${count === 1 ? "" : "s"}`);
    rest -= count * size;
    if (parts.length === most) break;
  }
  return (seconds < 0 ? "-" : "") + (parts.join(", ") || "0 seconds");
}

function fromNow(milliseconds) {
  const seconds = (Date.now() - milliseconds) / 1000;
  return seconds < 0 ? `in ${words(-seconds, 1)}` : `${words(seconds, 1)} ago`;
}

function local(milliseconds) {
  const two = (number) => String(number).padStart(2, "0");
  const at = new Date(milliseconds);
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

function clock(seconds) {
  const rest = Math.round(Math.abs(seconds));
  const two = (number) => String(number).padStart(2, "0");
  return `${seconds < 0 ? "-" : ""}${two(Math.floor(rest / 3600))}:${two(Math.floor(rest / 60) % 60)}:${two(rest % 60)}`;
}

const FORMATS = {
  none: (value, decimals) => fixed(value, decimals),
  short: (value, decimals) => scaled(value, SHORT, decimals),
  percentunit: (value, decimals) => `${fixed(cleanPercent(value), decimals)}%`,
  percent: (value, decimals) => `${fixed(value, decimals)}%`,
  s: (value, decimals) => time(value, decimals),
  d: (value, decimals) => time(value * 86400, decimals),
  ms: (value, decimals) => time(value / 1e3, decimals),
  bytes: (value, decimals) => scaled(value, IEC, decimals, " B"),
  decbytes: (value, decimals) => scaled(value, SI, decimals, " B"),
  binBps: (value, decimals) => `${scaled(value, IEC, decimals, " B")}/s`,
  Bps: (value, decimals) => `${scaled(value, SI, decimals, " B")}/s`,
  dtdurations: words,
  dtdurationms: (value) => words(value / 1e3),
  dthms: clock,
  dateTimeAsIso: local,
  dateTimeAsLocal: local,
  dateTimeFromNow: fromNow,
  locale: (value, decimals) =>
    value.toLocaleString("en-US", { maximumFractionDigits: decimals ?? decimalsFor(value) }),
};

/** 0.07 x 100 is 7.000000000000001 in binary; the percent shown is the one meant. */
function cleanPercent(ratio) {
  return Number((ratio * 100).toPrecision(12));
}

/** A number in a Grafana unit; an unknown unit id is written behind the number. */
export function format(value, unit = "none", decimals = undefined) {
  if (value === Infinity || value === -Infinity) return value > 0 ? "∞" : "-∞";
  if (Number.isNaN(value)) return "NaN";
  if (unit in FORMATS) return FORMATS[unit](value, decimals ?? undefined);
  if (unit in CURRENCY) {
    const size = scaled(Math.abs(value), MONEY, decimals ?? undefined);
    return `${value < 0 ? "-" : ""}${CURRENCY[unit]}${size}`;
  }
  if (unit in RATE) return scaled(value, SHORT, decimals ?? undefined) + RATE[unit];
  if (unit in YES_NO) return YES_NO[unit][value ? 0 : 1];
  const custom = /^(suffix|prefix):(.*)$/.exec(unit);
  if (custom?.[1] === "prefix") return custom[2] + scaled(value, SHORT, decimals ?? undefined);
  return `${scaled(value, SHORT, decimals ?? undefined)} ${custom ? custom[2] : unit}`.trimEnd();
}
