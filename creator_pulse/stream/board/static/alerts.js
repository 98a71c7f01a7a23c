// The alerts on top: critical before warning before the rest; what is pending waits behind a click.

import { clock, stamp } from "./axis.js";
import { el, safeHref } from "./dom.js";
import { ask } from "./query.js";

const RANK = { critical: 0, page: 0, warning: 1, ticket: 1 };
const CLASSES = ["critical", "warning", "info"];
const HEARTBEAT = "Watchdog";
const SHOWN = 6;

/** All alerts of Prometheus, firing and pending. */
export async function loadAlerts() {
  const { data } = await ask("/api/alerts");
  return data.alerts;
}

/** Whether rules are evaluated: then that nothing fires is good news. */
export function areWatched(alerts) {
  return alerts.some(({ labels, state }) => labels.alertname === HEARTBEAT && state === "firing");
}

/** Show them: the heartbeat as a dot, the others as one card an alert name. */
export function showAlerts(alerts, place, heartbeat, zone) {
  const alive = areWatched(alerts);
  beat(heartbeat, alive);
  const groups = grouped(
    alerts.filter(({ labels }) => labels.alertname !== HEARTBEAT && labels.severity !== "none"),
  );
  const firing = groups.filter(({ state }) => state === "firing");
  const cards = firing.map((group) => card(group, zone));
  const pending = groups.filter(({ state }) => state === "pending");
  // That nothing fires is good news only while rules are evaluated.
  const none = alive
    ? el("div", { class: "calm" }, "No alerts firing")
    : el("div", { class: "unknown" }, "Alerts unknown: the Watchdog is silent, so no rules are evaluated");
  const calm = firing.length ? null : none;
  const more = folded(place, "more", `${cards.length - SHOWN} more`, cards.slice(SHOWN));
  // Several may be over their bounds for a moment: they are told, and take no room from what fires.
  const names = [...new Set(pending.map(({ name }) => name))];
  const waiting = folded(place, "pending", `${names.length} pending: ${names.join(", ")}`, pending.map((group) => card(group, zone)));
  place.replaceChildren(...[calm, ...cards.slice(0, SHOWN), more, waiting].filter(Boolean));
}

/** Cards behind a line that opens them, and stays open when they are drawn anew; null if there are none. */
function folded(place, name, title, cards) {
  if (!cards.length) return null;
  const open = place.querySelector(`details.${name}`)?.open ?? false;
  return el("details", { class: name, open }, el("summary", {}, title), cards);
}

/** While Prometheus does not answer nothing is known about alerts, so nothing is claimed. */
export function alertsUnknown(place, heartbeat) {
  place.replaceChildren(el("div", { class: "unknown" }, "Alerts unknown"));
  beat(heartbeat, false);
}

function beat(node, alive) {
  node.className = `dot ${alive ? "alive" : "silent"}`;
  node.title = alive
    ? "Alert rules are evaluated: Watchdog fires"
    : "Watchdog is silent: alert rules are not evaluated";
}

function grouped(alerts) {
  const groups = new Map();
  for (const alert of alerts) {
    const key = `${alert.state} ${alert.labels.severity} ${alert.labels.alertname}`;
    if (!groups.has(key)) groups.set(key, { name: alert.labels.alertname, state: alert.state, alerts: [] });
    groups.get(key).alerts.push(alert);
  }
  const order = (group) => (group.state === "firing" ? 0 : 10) + rank(group);
  return [...groups.values()].sort((a, b) => order(a) - order(b) || (a.name < b.name ? -1 : 1));
}

function rank({ alerts }) {
  return alerts.reduce((best, { labels }) => Math.min(best, RANK[labels.severity] ?? 2), 2);
}

function card(group, zone) {
  const [first] = group.alerts;
  const began = group.alerts
    .map(({ activeAt }) => Date.parse(activeAt) / 1000)
    .reduce((a, b) => Math.min(a, b));
  const board = safeHref(first.annotations.dashboard_url ?? "");
  const several = group.alerts.length > 1;
  const text = several
    ? first.annotations.summary
    : (first.annotations.description ?? first.annotations.summary);
  return el(
    "div",
    { class: `alert ${CLASSES[rank(group)]} ${group.state}` },
    el("span", { class: "state" }, group.state === "firing" ? CLASSES[rank(group)] : "pending"),
    el("strong", {}, group.name),
    el(
      "span",
      { class: "where", title: group.alerts.map(places).join("\n") },
      several ? `${group.alerts.length} series` : places(first),
    ),
    el(
      "span",
      {
        class: "what",
        title: group.alerts.map(({ annotations }) => annotations.description ?? "").join("\n"),
      },
      text ?? "",
    ),
    el("span", { class: "since" }, `since ${since(began, zone)}`),
    board ? el("a", { href: board }, "Board") : null,
    el("a", { href: `/runbooks/${encodeURIComponent(group.name)}` }, "Runbook"),
  );
}

/** The time of day; with the day before it once that is more than a day ago. */
function since(seconds, zone) {
  return Date.now() / 1000 - seconds < 86400 ? clock(seconds, zone) : stamp(seconds, zone).slice(0, 16);
}

function places({ labels }) {
  const { alertname: _name, severity: _severity, ...rest } = labels;
  const places = ["app", "region", "topic", "partition", "instance", "surface"].filter(
    (label) => rest[label],
  );
  return places.map((label) => rest[label]).join(" / ");
}
