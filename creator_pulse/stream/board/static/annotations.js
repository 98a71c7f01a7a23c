// Marks in time: the spans in which an annotation's query has a value, each with its text.

import { colour } from "./colours.js";
import { macros, queryRange } from "./query.js";
import { substitute } from "./variables.js";

const POINTS = 200;
const KEPT_MS = 15_000;
const OFF = "pulse-marks-off";
let cached = { key: "", until: 0, spans: null };

/** The kinds of marks of a dashboard: {name, css, on}. */
export function kindsOf(dashboard) {
  const off = switchedOff();
  return (dashboard.annotations?.list ?? [])
    .filter(({ expr, target }) => expr ?? target?.expr)
    .map(({ name, iconColor, enable }) => ({ name, css: colour(iconColor || "red"), on: enable && !off.includes(name) }));
}

/** Switch a kind on or off, on all boards. */
export function switchKind(name, on) {
  const others = switchedOff().filter((other) => other !== name);
  localStorage.setItem(OFF, JSON.stringify(on ? others : [...others, name]));
  cached.until = 0;
}

/**
 * Spans [{from, to, css, text}] of all kinds that are switched on. They move slowly, so they are asked for less
 * often than numbers.
 */
export function loadAnnotations(dashboard, range, states) {
  const on = kindsOf(dashboard).filter((kind) => kind.on);
  const key = JSON.stringify([on.map(({ name }) => name), range.seconds, states.map(({ chosen }) => chosen)]);
  const isFixed = Math.abs(range.end * 1000 - Date.now()) > KEPT_MS;
  if (cached.key === key && Date.now() < cached.until && !isFixed) return cached.spans;
  const listed = dashboard.annotations?.list ?? [];
  const chosen = listed.filter(({ name }) => on.some((kind) => kind.name === name));
  const spans = Promise.all(chosen.map((annotation) => spansOf(annotation, range, states))).then((all) => all.flat());
  cached = { key, until: Date.now() + KEPT_MS, spans };
  // What failed is asked for again at once.
  spans.catch(() => (cached.until = 0));
  return spans;
}

function switchedOff() {
  try {
    return JSON.parse(localStorage.getItem(OFF)) ?? [];
  } catch {
    return [];
  }
}

async function spansOf(annotation, range, states) {
  const step = Math.max(5, Math.ceil(range.seconds / POINTS));
  const expression = substitute(annotation.expr ?? annotation.target.expr, states, macros(range, step));
  const series = await queryRange(expression, range, step);
  const texts = new Map(); // Text -> times: series that read the same are one.
  for (const { labels, points } of series) {
    const text = textOf(annotation, labels);
    texts.set(text, [...(texts.get(text) ?? []), ...points.map(([seconds]) => seconds)]);
  }
  return [...texts].flatMap(([text, times]) =>
    merged(times, step).map((span) => ({ ...span, kind: annotation.name, color: annotation.iconColor, text })),
  );
}

function textOf({ titleFormat, name }, labels) {
  const text = (titleFormat ?? "").replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (_all, label) => labels[label] ?? "");
  return text.replaceAll(/\s+/g, " ").trim().replace(/:$/, "") || name;
}

/** Times as spans; what is at most one step apart belongs together, and a span lasts for its last step. */
function merged(times, step) {
  const spans = [];
  for (const seconds of times.sort((a, b) => a - b)) {
    const last = spans.at(-1);
    if (last && seconds <= last.to) last.to = seconds + step;
    else spans.push({ from: seconds, to: seconds + step });
  }
  return spans;
}
