// The header: links to the boards, the selects, and what the running demo says of itself.

import { el } from "./dom.js";
import { format } from "./units.js";
import { selects, toAddress } from "./variables.js";

export const RANGES = [
  ["5m", 300],
  ["15m", 900],
  ["1h", 3600],
  ["6h", 21600],
  ["24h", 86400],
];

/** Seconds of the chosen range: of the address (from=now-15m), else of the dashboard, else one hour. */
export function chosenRange(address, dashboard) {
  const asked = [address.get("from"), dashboard.time?.from].map((from) =>
    RANGES.find(([name]) => `now-${name}` === from),
  );
  return (asked.find(Boolean) ?? RANGES[2])[1];
}

/** The address of this board's choices, for the address bar and for links to other boards. */
export function choices(states, seconds) {
  return new URLSearchParams(`${timeOf(seconds)}&${variablesOf(states)}`);
}

/** The time range as an address has it. */
export function timeOf(seconds) {
  return `from=now-${RANGES.find(([, size]) => size === seconds)[0]}&to=now`;
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

/** Variables and time range as selects, and when the numbers were read. */
export function controls(states, seconds, onVariable, onRange) {
  const ranges = RANGES.map(([name, size]) =>
    el("option", { value: String(size), selected: size === seconds ? "" : null }, `last ${name}`),
  );
  const range = el(
    "select",
    { name: "range", onchange: (event) => onRange(Number(event.target.value)) },
    ranges,
  );
  return [...selects(states, onVariable), el("label", {}, "Time ", range), el("span", { id: "updated" })];
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
