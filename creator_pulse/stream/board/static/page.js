// The page: loads its dashboard, then asks and draws anew every five seconds.

import { alertsUnknown, loadAlerts, showAlerts } from "./alerts.js";
import { loadAnnotations } from "./annotations.js";
import { clock } from "./axis.js";
import { boardLinks, choices, chosenRange, controls, progressParts, timeOf, variablesOf } from "./header.js";
import { sectionsOf } from "./layout.js";
import { ask, QueryError, rangeOf } from "./query.js";
import { loadOptions, stateOf, substitute } from "./variables.js";

const REFRESH_MS = 5000;
const place = (id) => document.getElementById(id);
const board = {
  uid: decodeURIComponent(location.pathname.split("/")[2]),
  turn: 0,
  annotations: Promise.resolve([]),
};

async function start() {
  const address = new URLSearchParams(location.search);
  [board.model, board.all] = await Promise.all([
    ask(`/api/dashboards/${encodeURIComponent(board.uid)}`),
    ask("/api/dashboards"),
  ]);
  board.states = stateOf(board.model, address);
  board.seconds = chosenRange(address, board.model);
  board.sections = sectionsOf(board.model);
  document.title = `${board.model.title} - Creator Pulse`;
  place("grid").replaceChildren(...board.sections.map(({ node }) => node));
  for (const section of board.sections) section.onOpen = () => section.refresh(context(board.annotations));
  showHeader();
  await loop();
}

/** Refresh, wait, again; a page that nobody sees asks nothing. */
async function loop() {
  try {
    if (!document.hidden) await refresh();
  } finally {
    setTimeout(loop, REFRESH_MS);
  }
}

async function refresh() {
  const turn = ++board.turn;
  const began = performance.now();
  try {
    // Everything is asked at once; only the panels wait, for the values of the variables.
    const [said, alerts] = await Promise.all([ask("/api/progress"), loadAlerts(), loadOptions(board.states)]);
    if (turn !== board.turn) return;
    place("progress").replaceChildren(...progressParts(said));
    trouble("");
    showAlerts(alerts, place("alerts"), place("heartbeat"), utc());
    showHeader();
    board.annotations = loadAnnotations(board.model, rangeOf(board.seconds), board.states);
    const now = context(board.annotations);
    await Promise.all([now.annotations, ...board.sections.map((section) => section.refresh(now))]);
    if (turn !== board.turn) return;
    place("updated").textContent = `updated ${clock(Date.now() / 1000, utc(), true)}`;
    document.body.dataset.refreshed = String(turn);
    performance.measure("refresh", { start: began, end: performance.now() });
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    trouble(`${error.message}. Trying again every ${REFRESH_MS / 1000} s; what is drawn below is old.`);
    alertsUnknown(place("alerts"), place("heartbeat"));
  }
}

function trouble(text) {
  place("trouble").hidden = !text;
  place("trouble").textContent = text;
  document.body.classList.toggle("stale", Boolean(text));
}

/** What a panel needs to know beside its own model; the marked times come while it asks for its series. */
function context(annotations) {
  const { turn, seconds, states } = board;
  return {
    range: rangeOf(seconds),
    states,
    annotations,
    utc: utc(),
    link,
    current: () => turn === board.turn,
  };
}

function utc() {
  return board.model.timezone === "utc";
}

/** A data link's address with the row's values and the board's choices filled in. */
function link(url, row, value) {
  const filled = url
    .replaceAll(/\$\{__data\.fields(?:\.(\w+)|\["([^"]+)"\]|\[([^\]]+)\])\}/g, (_all, a, b, c) =>
      encodeURIComponent(row[a ?? b ?? c] ?? ""),
    )
    .replaceAll(/\$\{__field\.labels\.(\w+)\}/g, (_all, label) => encodeURIComponent(row[label] ?? ""))
    .replaceAll(/\$\{__value\.(?:raw|text|numeric)\}/g, encodeURIComponent(value ?? ""))
    .replaceAll(/\$\{?__url_time_range\}?/g, timeOf(board.seconds))
    .replaceAll(/\$\{?__all_variables\}?/g, variablesOf(board.states));
  return substitute(filled, board.states, {});
}

let shownHeader = "";

/** Header and address bar; made anew only when they changed, so that an open select stays open. */
function showHeader() {
  const address = choices(board.states, board.seconds);
  const now = JSON.stringify([String(address), board.states.map(({ options }) => options)]);
  if (now === shownHeader) return;
  shownHeader = now;
  history.replaceState(null, "", `${location.pathname}?${address}`);
  place("boards").replaceChildren(...boardLinks(board.all, board.uid, address));
  place("controls").replaceChildren(
    ...controls(board.states, board.seconds, choose, (seconds) => choose(seconds)),
  );
}

function choose(seconds) {
  board.seconds = seconds ?? board.seconds;
  showHeader();
  refresh();
}

document.addEventListener("visibilitychange", () => document.hidden || !board.sections || refresh());
start().catch((error) => {
  trouble(`The board cannot be shown: ${error.message}`);
  console.error(error);
});
