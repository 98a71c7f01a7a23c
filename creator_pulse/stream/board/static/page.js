// The page: loads its dashboard, then asks and draws anew every five seconds.

import { alertsUnknown, areWatched, loadAlerts, showAlerts } from "./alerts.js";
import { kindsOf, loadAnnotations, switchKind } from "./annotations.js";
import { clock, zoneOf } from "./axis.js";
import { boardLinks, choices, chosenRange, controls, progressParts, timeOf, variablesOf } from "./header.js";
import { sectionsOf } from "./layout.js";
import { ask, QueryError, rangeOf } from "./query.js";
import { loadOptions, stateOf, substitute } from "./variables.js";

const REFRESH_MS = 5000;
const place = (id) => document.getElementById(id);
const board = {
  uid: decodeURIComponent(location.pathname.split("/")[2]),
  turn: 0,
  look: { own: zoneOf(document.documentElement.dataset.zone) },
  annotations: Promise.resolve([]),
};

async function start() {
  const address = new URLSearchParams(location.search);
  [board.model, board.all] = await Promise.all([
    ask(`/api/dashboards/${encodeURIComponent(board.uid)}`),
    ask("/api/dashboards"),
  ]);
  board.states = stateOf(board.model, address);
  board.range = chosenRange(address, board.model);
  board.look.zone = zoneOf(address.get("zone") ?? localStorage.getItem("pulse-zone") ?? usual(board.model.timezone));
  board.look.theme = document.documentElement.dataset.theme;
  board.sections = sectionsOf(board.model);
  place("title").textContent = board.model.title;
  document.title = `${board.model.title} - Creator Pulse`;
  place("grid").replaceChildren(...board.sections.map(({ node }) => node));
  for (const section of board.sections) section.onOpen = () => section.refresh(context(board.annotations));
  showHeader();
  await loop();
}

/** The zone that a dashboard asks for. */
function usual(timezone) {
  return timezone === "browser" ? "" : timezone === "utc" ? "UTC" : timezone;
}

/** Refresh, wait, again; a page that nobody sees asks nothing, nor does one of a time that is over. */
async function loop() {
  try {
    if (!document.hidden && !(board.range.end && board.isDrawn)) await refresh();
  } finally {
    setTimeout(loop, REFRESH_MS);
  }
}

async function refresh() {
  const turn = ++board.turn;
  const began = performance.now();
  try {
    // Everything is asked at once; only the panels wait, for the values of the variables.
    const [progress, alerts] = await Promise.all([ask("/api/progress"), loadAlerts(), loadOptions(board.states)]);
    if (turn !== board.turn) return;
    place("progress").replaceChildren(...progressParts(progress));
    trouble("");
    board.isWatched = areWatched(alerts);
    showAlerts(alerts, place("alerts"), place("heartbeat"), board.look.zone);
    showHeader();
    board.annotations = loadAnnotations(board.model, rangeOf(board.range), board.states);
    const now = context(board.annotations);
    await Promise.all([now.annotations, ...board.sections.map((section) => section.refresh(now))]);
    if (turn !== board.turn) return;
    board.isDrawn = true;
    place("updated").textContent = `updated ${clock(Date.now() / 1000, board.look.zone, true)}`;
    document.body.dataset.refreshed = String(turn);
    performance.measure("refresh", { start: began, end: performance.now() });
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    trouble(`${error.message}. Trying again every ${REFRESH_MS / 1000} s; what is drawn below is old.`);
    alertsUnknown(place("alerts"), place("heartbeat"));
    for (const section of board.sections) section.fail(error);
  }
}

function trouble(text) {
  place("trouble").hidden = !text;
  place("trouble").textContent = text;
}

/** What a panel needs to know beside its own model; the marked times come while it asks for its series. */
function context(annotations) {
  const { turn, range, states, look, isWatched } = board;
  return {
    isWatched,
    range: rangeOf(range),
    states,
    annotations,
    zone: look.zone,
    link,
    current: () => turn === board.turn,
  };
}

/** A data link's address with the row's values and the board's choices filled in. */
function link(url, row, value) {
  const filled = url
    .replaceAll(/\$\{__data\.fields(?:\.(\w+)|\["([^"]+)"\]|\[([^\]]+)\])\}/g, (_all, a, b, c) =>
      encodeURIComponent(row[a ?? b ?? c] ?? ""),
    )
    .replaceAll(/\$\{__field\.labels\.(\w+)\}/g, (_all, label) => encodeURIComponent(row[label] ?? ""))
    .replaceAll(/\$\{__value\.(?:raw|text|numeric)\}/g, encodeURIComponent(value ?? ""))
    .replaceAll(/\$\{?__url_time_range\}?/g, timeOf(board.range))
    .replaceAll(/\$\{?__all_variables\}?/g, variablesOf(board.states));
  const { start, end } = rangeOf(board.range);
  return substitute(filled, board.states, { __from: String(start * 1000), __to: String(end * 1000) });
}

let shownHeader = "";

/** Header and address bar; made anew only when they changed, so that an open select stays open. */
function showHeader() {
  const address = choices(board.states, board.range);
  const now = JSON.stringify([String(address), board.look, board.states.map(({ options }) => options)]);
  if (now === shownHeader) return;
  shownHeader = now;
  history.replaceState(null, "", `${location.pathname}?${shared(address)}`);
  place("boards").replaceChildren(...boardLinks(board.all, board.uid, address));
  const wasOpen = place("view")?.open ?? false;
  const updated = place("updated")?.textContent ?? "";
  const focused = document.activeElement?.name || document.activeElement?.id;
  place("controls").replaceChildren(
    ...controls(board.states, board.range, board.look, kindsOf(board.model), {
      variable: () => choose({}),
      range: (range) => choose({ range }),
      zone: chooseZone,
      theme: switchTheme,
      link: copyLink,
      mark: (name, on) => {
        switchKind(name, on);
        refresh();
      },
    }),
  );
  place("view").open = wasOpen;
  place("updated").textContent = updated;
  // A choice made by keyboard leaves the reader where it was made.
  if (focused) place("controls").querySelector(`[name="${focused}"], #${CSS.escape(focused)}`)?.focus();
}

/** The address with the theme and the zone, so that a link shows the same to whoever opens it. */
function shared(address) {
  const whole = new URLSearchParams(address);
  whole.set("theme", board.look.theme);
  whole.set("zone", board.look.zone || Intl.DateTimeFormat().resolvedOptions().timeZone);
  return whole;
}

function choose({ range }) {
  board.range = range ?? board.range;
  board.isDrawn = false;
  showHeader();
  refresh();
}

function chooseZone(zone) {
  board.look.zone = zone;
  localStorage.setItem("pulse-zone", zone);
  showHeader();
  refresh();
}

function switchTheme() {
  board.look.theme = board.look.theme === "light" ? "dark" : "light";
  document.documentElement.dataset.theme = board.look.theme;
  localStorage.setItem("pulse-theme", board.look.theme);
  showHeader();
  for (const section of board.sections) section.draw();
}

/** A link to this moment: whoever opens it later sees the same time. */
async function copyLink() {
  const { start, end, seconds } = rangeOf(board.range);
  const address = shared(choices(board.states, { seconds, end: end || start }));
  const link = `${location.origin}${location.pathname}?${address}`;
  try {
    await navigator.clipboard.writeText(link);
    say("The link is in the clipboard");
  } catch {
    // Without https a browser gives no clipboard: the address bar has the link then.
    history.replaceState(null, "", link);
    say("The link is in the address bar");
  }
}

/** Said to the reader, also to one who listens; it goes after a while. */
function say(text) {
  place("said").textContent = text;
  place("link").textContent = text;
  setTimeout(() => {
    place("said").textContent = "";
    if (place("link")) place("link").textContent = "Copy a link to this moment";
  }, 4000);
}

/** Escape closes what is open, and leaves the reader at its button. */
document.addEventListener("keydown", ({ key }) => {
  const open = key === "Escape" && document.querySelector("details[open]:is(.panel-menu, #view, #boards details)");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});
document.addEventListener("visibilitychange", () => document.hidden || !board.sections || refresh());
start().catch((error) => {
  trouble(`The board cannot be shown: ${error.message}`);
  console.error(error);
});
