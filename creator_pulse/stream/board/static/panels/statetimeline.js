// One track a series: spans of equal state, with gaps where there was no data.

import { clock, stamp, times } from "../axis.js";
import { faint } from "../colours.js";
import { el } from "../dom.js";
import { display, valueColour } from "../fields.js";

/** Draw the series into `body`. */
export function draw(body, panel, series, context) {
  const rows = series.map((track) => row(track, context, panel.options?.showValue !== "never"));
  body.replaceChildren(el("div", { class: "tracks" }, rows, axis(context)));
}

function row({ name, points, field, step }, context, withText) {
  const spans = spansOf(points, field, step);
  const nodes = spans.map((span) => bar(span, field, context, withText));
  return el(
    "div",
    { class: "track-row" },
    el("span", { class: "track-name", title: name }, name),
    el("span", { class: "track" }, nodes),
  );
}

/** Neighbouring points of the same text as one span {from, to, value, text}. */
export function spansOf(points, field, step) {
  const spans = [];
  for (const [seconds, value] of points) {
    const { text } = display(field, value);
    const last = spans.at(-1);
    if (last && last.text === text && seconds - last.to < step * 0.5) last.to = seconds + step;
    else spans.push({ from: seconds, to: seconds + step, value, text });
  }
  return spans;
}

function bar({ from, to, value, text }, field, { range, zone }, withText) {
  const left = Math.max(0, (from - range.start) / range.seconds);
  const right = Math.min(1, (to - range.start) / range.seconds);
  const css = valueColour(field, value);
  const when = `${clock(from, zone, true)} to ${clock(to, zone, true)}`;
  const style = {
    left: `${left * 100}%`,
    width: `${Math.max(0, right - left) * 100}%`,
    background: faint(css, 0.28),
    borderColor: css,
  };
  return el(
    "span",
    { class: "span", style, title: `${text}, ${when}` },
    withText && right - left > 0.08 ? text : "",
  );
}

function axis({ range, zone }) {
  const marks = times(range, zone).map((seconds) =>
    el(
      "span",
      { class: "mark", style: { left: `${((seconds - range.start) / range.seconds) * 100}%` } },
      range.seconds > 2 * 86400 ? stamp(seconds, zone).slice(5, 10) : clock(seconds, zone),
    ),
  );
  return el(
    "div",
    { class: "track-row" },
    el("span", { class: "track-name" }, ""),
    el("span", { class: "track-axis" }, marks),
  );
}
