// One large number a series, in the colour of its threshold, over a sparkline.

import { faint, quiet } from "../colours.js";
import { el, svg } from "../dom.js";
import { display, valueColour } from "../fields.js";
import { numbers, reduce } from "../series.js";

const LEAST_WIDTH = 120; // Pixels below which tiles beside each other cannot be read.

/** Draw the series into `body`. */
export function draw(body, panel, series) {
  const options = panel.options ?? {};
  const mode = options.textMode ?? "auto";
  const named = mode === "value_and_name" || (series.length > 1 && mode !== "value");
  const lines = series.length > 1 && body.clientWidth / series.length < LEAST_WIDTH;
  const tiles = series.map((line) => tile(line, options, named && mode !== "name"));
  body.replaceChildren(el("div", { class: lines ? "stats lines" : "stats" }, tiles));
}

function tile(series, options, named) {
  const value = reduce(series.points, options.reduceOptions?.calcs?.[0]);
  const displayed = display(series.field, value);
  const css = value === null ? null : valueColour(series.field, value);
  const whole = css && (options.colorMode ?? "").startsWith("background");
  const text = options.textMode === "name" ? series.name : displayed.text;
  const number = el(
    "div",
    { class: "stat-value", style: css && options.colorMode !== "none" ? { color: css } : {} },
    text,
  );
  number.style.setProperty("--chars", String(Math.max(5, text.length)));
  return el(
    "div",
    { class: `stat${displayed.empty ? " none" : ""}`, style: whole ? { background: faint(css, 0.22) } : {} },
    el(
      "div",
      { class: "stat-text" },
      named ? el("div", { class: "stat-name", title: series.name }, series.name) : null,
      number,
    ),
    options.graphMode && options.graphMode !== "none" ? sparkline(series.past, css ?? quiet()) : null,
  );
}

function sparkline(points, css) {
  const values = numbers(points);
  if (values.length < 2) return null;
  const low = values.reduce((least, value) => Math.min(least, value), Infinity);
  const size = values.reduce((most, value) => Math.max(most, value), -Infinity) - low;
  const at = (value, index) => {
    const height = size > 0 ? (value - low) / size : 0.5;
    return `${((index / (values.length - 1)) * 100).toFixed(2)},${(30 - height * 27 - 1.5).toFixed(2)}`;
  };
  const line = values.map(at).join(" ");
  return svg(
    "svg",
    { class: "spark", viewBox: "0 0 100 30", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("polygon", { points: `0,30 ${line} 100,30`, fill: faint(css, 0.12) }),
    svg("polyline", {
      points: line,
      fill: "none",
      stroke: faint(css, 0.8),
      "stroke-width": "1.4",
      "vector-effect": "non-scaling-stroke",
    }),
  );
}
