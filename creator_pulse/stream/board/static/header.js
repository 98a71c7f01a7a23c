// The header: links to the boards, the selects, and what the running demo says of itself.

import { stamp } from "./axis.js";
import { el } from "./dom.js";
import { format } from "./units.js";
import { selects, toAddress } from "./variables.js";

export const RANGES = [
  ["5m", 300],
  ["15m", 900],
  ["1h", 3600],
  ["6h", 21600],
  ["24h", 86400],
  ["7d", 604800],
  ["28d", 2419200],
];

/**
 * The chosen range {seconds, end}: of the address (from=now-15m, or two moments in milliseconds), else of the
 * dashboard, else one hour. `end` is null where it moves with the clock.
 */
export function chosenRange(address, dashboard) {
  const [from, to] = [Number(address.get("from")), Number(address.get("to"))];
  if (from > 0 && to - from >= 60_000) return { seconds: Math.round((to - from) / 1000), end: Math.round(to / 1000) };
  const ranges = [address.get("from"), dashboard.time?.from].map((text) =>
    RANGES.find(([name]) => `now-${name}` === text),
  );
  return { seconds: (ranges.find(Boolean) ?? RANGES[2])[1], end: null };
}

/** The address of this board's choices, for the address bar and for links to other boards. */
export function choices(states, range) {
  return new URLSearchParams(`${timeOf(range)}&${variablesOf(states)}`);
}

/** The time range as an address has it. */
export function timeOf({ seconds, end }) {
  const name = RANGES.find(([, size]) => size === seconds)?.[0];
  return end ? `from=${(end - seconds) * 1000}&to=${end * 1000}` : `from=now-${name}&to=now`;
}

/** The chosen values of all variables as an address has them. */
export function variablesOf(states) {
  const address = new URLSearchParams();
  toAddress(states, address);
  return String(address);
}

const MENUS = { "pulse-party-": "Parties", "pulse-tool-": "Tools" };

/** Links to all boards, those of parties and tools in menus; the one shown is marked. */
export function boardLinks(boards, uid, address) {
  const menus = new Map();
  const items = boards.flatMap((board) => {
    const start = Object.keys(MENUS).find((prefix) => board.uid.startsWith(prefix));
    const link = boardLink(board, uid, address);
    if (!start) return [link];
    if (menus.has(start)) {
      menus.get(start).push(link);
      return [];
    }
    menus.set(start, [link]);
    return [start];
  });
  return items.map((item) => (menus.has(item) ? menu(item, menus.get(item), uid) : item));
}

function boardLink(board, uid, address) {
  return el(
    "a",
    {
      href: `/d/${encodeURIComponent(board.uid)}?${address}`,
      title: board.description,
      "aria-current": board.uid === uid ? "page" : null,
    },
    short(board.title),
  );
}

function menu(start, links, uid) {
  const current = uid.startsWith(start);
  const name = current
    ? `${MENUS[start]}: ${links.find((link) => link.getAttribute("aria-current"))?.textContent}`
    : MENUS[start];
  return el(
    "details",
    { name: "boards" },
    el("summary", { class: current ? "current" : null }, name),
    el("div", { class: "menu" }, links),
  );
}

/** "Creator Pulse: overview" is "Overview" here: the product's name stands beside the links. */
function short(title) {
  const rest = title.replace(/^(Creator )?Pulse\s*[/:·|–-]\s*/i, "");
  return rest.charAt(0).toUpperCase() + rest.slice(1);
}

/**
 * Variables and time range as selects, a menu for how it is shown, and when the numbers were read.
 * `act` has what a choice does: {variable(), range(range), zone(name), theme(), link(), mark(name, on)}.
 */
export function controls(states, range, look, marks, act) {
  const ranges = RANGES.map(([name, size]) => [String(size), `last ${name}`]);
  if (range.end) ranges.unshift(["fixed", spanText(range, look.zone)]);
  const zones = [["", "my clock"], ["UTC", "UTC"]];
  if (look.own && look.own !== "UTC") zones.push([look.own, look.own]);
  if (!zones.some(([zone]) => zone === look.zone)) zones.push([look.zone, look.zone]);
  const onRange = (value) => value !== "fixed" && act.range({ seconds: Number(value), end: null });
  const theme = look.theme === "light" ? "Dark colours" : "Light colours";
  const view = [
    choice("Zone", "zone", zones, look.zone, act.zone),
    el("button", { type: "button", id: "theme", onclick: act.theme }, theme),
    el("button", { type: "button", id: "link", onclick: act.link }, "Copy a link to this moment"),
    marks.length ? el("fieldset", {}, el("legend", {}, "Marks in time"), marks.map((mark) => toggle(mark, act.mark))) : null,
  ];
  return [
    ...selects(states, act.variable),
    choice("Time", "range", ranges, range.end ? "fixed" : String(range.seconds), onRange),
    el("details", { name: "boards", id: "view" }, el("summary", {}, "View"), el("div", { class: "menu" }, view)),
    el("span", { id: "updated" }),
  ];
}

function choice(label, name, options, now, onChoice) {
  const list = options.map(([value, text]) => el("option", { value, selected: value === now ? "" : null }, text));
  return el(
    "label",
    {},
    `${label} `,
    el("select", { name, onchange: (event) => onChoice(event.target.value) }, list),
  );
}

function toggle({ name, css, on }, onToggle) {
  const box = el("input", {
    type: "checkbox",
    name: `mark ${name}`,
    checked: on ? "" : null,
    onchange: (event) => onToggle(name, event.target.checked),
  });
  return el("label", {}, box, el("span", { class: "swatch", style: { background: css } }), name);
}

function spanText({ seconds, end }, zone) {
  return `${stamp(end - seconds, zone).slice(0, 16)} to ${stamp(end, zone).slice(seconds < 86400 ? 11 : 0, 16)}`;
}

/** What the demo reports: events a second, lag, the verdict of its ledger, and what its events are like. */
export function progressParts({ events_per_second: rate, lag_records: lag, verdict, ok, note }) {
  return [
    typeof rate === "number" ? el("span", {}, el("b", {}, format(rate, "short")), " events/s") : null,
    typeof lag === "number" ? el("span", {}, "lag ", el("b", {}, format(lag, "short"))) : null,
    verdict
      ? el("span", { class: `verdict ${ok === true ? "good" : ok === false ? "bad" : ""}` }, verdict)
      : null,
    note ? el("span", { class: "note" }, note) : null,
  ].filter(Boolean);
}
