// Lines over time, drawn by Plotly.

import { clock, stamp, ticks } from "../axis.js";
import { colour, faint } from "../colours.js";
import { seriesColour, steps } from "../fields.js";
import { legend } from "../legend.js";
import { format } from "../units.js";
import { withGaps } from "../series.js";
import { plotted } from "./plot.js";

const MOST_FILLED = 3; // More areas over each other only make mud; then lines alone are drawn.

/** Draw the series into `body`. */
export async function draw(body, panel, series, context) {
  const drawn = ordered(series).map((one, index) => ({ series: one, css: seriesColour(one.field, index) }));
  const shown = drawn.filter(({ series: one }) => !one.field.custom.hideFrom?.viz);
  const only = body.dataset.only;
  const visible = shown.some(({ series: one }) => one.name === only)
    ? shown.filter(({ series: one }) => one.name === only)
    : shown;
  const box = plotted(body);
  if (shown.length > 1 || panel.options?.legend?.showLegend !== false) {
    const listed = shown.filter(({ series: one }) => !one.field.custom.hideFrom?.legend);
    box.legend.replaceChildren(
      legend(panel, listed, (index) => pick(body, listed[index].series.name, panel, series, context)),
    );
  }
  body.classList.toggle("legend-right", panel.options?.legend?.placement === "right");
  const field = visible[0]?.series.field ?? { custom: {} };
  const crowded = visible.length > MOST_FILLED;
  await box.draw(
    visible.map((one) => trace(one, crowded, context)),
    layout(visible, field, context),
  );
}

function pick(body, name, panel, series, context) {
  body.dataset.only = body.dataset.only === name ? "" : name;
  return draw(body, panel, series, context);
}

/** A band's lower edge goes right before its upper one, because Plotly fills to the trace before. */
function ordered(series) {
  const lower = new Set(series.map((one) => one.field.custom.fillBelowTo).filter(Boolean));
  return series
    .filter((one) => !lower.has(one.name))
    .flatMap((one) => [...series.filter((other) => other.name === one.field.custom.fillBelowTo), one]);
}

function trace({ series, css }, crowded, { utc }) {
  const { custom, unit, decimals } = series.field;
  const points = custom.spanNulls === true ? series.points : withGaps(series.points, series.step);
  const bars = custom.drawStyle === "bars";
  const stacking = custom.stacking?.mode;
  return {
    type: bars ? "bar" : "scatter",
    mode: custom.drawStyle === "points" ? "markers" : points.length === 1 ? "markers" : "lines",
    name: plain(series.name),
    x: points.map(([seconds]) => stamp(seconds, utc)),
    y: points.map(([, value]) => value),
    text: points.map(([, value]) => (value === null ? "" : plain(format(value, unit, decimals)))),
    hovertemplate: "%{text}<extra>%{fullData.name}</extra>",
    line: {
      color: css,
      width: custom.lineWidth ?? 1.6,
      dash: dash(custom.lineStyle?.fill),
      shape: shape(custom.lineInterpolation),
    },
    marker: { color: css, size: custom.pointSize ?? 5 },
    fillcolor: faint(css, (custom.fillOpacity ?? 0) / 100),
    fill: custom.fillBelowTo ? "tonexty" : custom.fillOpacity > 0 && !crowded ? "tozeroy" : "none",
    ...(stacking && stacking !== "none" && !bars ? stacked(stacking) : {}),
  };
}

function stacked(mode) {
  return { stackgroup: "one", fill: "tonexty", groupnorm: mode === "percent" ? "fraction" : "" };
}

function dash(fill) {
  return { dash: "dash", dot: "dot" }[fill] ?? "solid";
}

function shape(interpolation) {
  return { stepAfter: "hv", stepBefore: "vh" }[interpolation] ?? "linear";
}

/** Plotly reads a little markup in texts; what comes from data must stay text. */
function plain(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function layout(visible, field, context) {
  const lines = field.custom.thresholdsStyle?.mode ?? "off";
  const bounds = lines === "off" ? [] : steps(field).filter((step) => Number.isFinite(step.value));
  const [low, high] = extent(visible, field, bounds);
  const positions = ticks(low, high, 4, field.unit);
  const percent = field.custom.stacking?.mode === "percent";
  return {
    barmode: field.custom.stacking?.mode && field.custom.stacking.mode !== "none" ? "stack" : "group",
    xaxis: timeAxis(context),
    yaxis: {
      range: [low, high],
      tickvals: positions,
      ticktext: positions.map((value) => format(value, percent ? "percentunit" : field.unit)),
      title: field.custom.axisLabel
        ? { text: plain(field.custom.axisLabel), font: { size: 11 }, standoff: 6 }
        : undefined,
    },
    shapes: [
      ...bounds.map((bound) => boundLine(bound, lines)),
      ...(lines.includes("area") ? harm(field, low, high) : []),
      ...bands(context),
    ],
  };
}

/** The time axis of every plot: the chosen range, five or so round times. */
export function timeAxis({ range, utc }) {
  const shift = utc ? 0 : new Date(range.end * 1000).getTimezoneOffset() * 60;
  const times = ticks(range.start - shift, range.end - shift, 5, "s").map((seconds) => seconds + shift);
  return {
    type: "date",
    range: [stamp(range.start, utc), stamp(range.end, utc)],
    tickvals: times.map((seconds) => stamp(seconds, utc)),
    ticktext: times.map((seconds) => clock(seconds, utc)),
    hoverformat: "%H:%M:%S",
  };
}

/** Lowest and highest value of the axis; bounds are in it unless that would flatten the lines. */
function extent(visible, field, bounds) {
  const values = visible
    .flatMap(({ series }) => series.points.map(([, value]) => value))
    .filter(Number.isFinite);
  if (field.custom.stacking?.mode === "percent") return [0, 1];
  if (field.custom.stacking?.mode === "normal") values.push(...sums(visible));
  let low = Math.min(...minimum(values), field.custom.axisSoftMin ?? Infinity);
  let high = Math.max(...maximum(values), field.custom.axisSoftMax ?? -Infinity);
  if (!Number.isFinite(low)) [low, high] = [0, 1];
  if (visible.some(({ series }) => series.field.custom.fillOpacity > 0)) low = Math.min(low, 0);
  const size = Math.max(high - low, Math.abs(high) * 0.05);
  for (const { value } of bounds) {
    if (value > high && value - low < 3 * size) high = value;
    if (value < low && high - value < 3 * size) low = value;
  }
  if (low === high) [low, high] = low === 0 ? [0, 1] : [Math.min(0, low), Math.max(0, high)];
  const room = (high - low) * 0.06;
  return [field.min ?? (low === 0 ? 0 : low - room), field.max ?? high + room];
}

function minimum(values) {
  return [values.reduce((least, value) => Math.min(least, value), Infinity)];
}

function maximum(values) {
  return [values.reduce((most, value) => Math.max(most, value), -Infinity)];
}

function sums(visible) {
  const totals = new Map();
  for (const { series } of visible) {
    for (const [seconds, value] of series.points)
      totals.set(seconds, (totals.get(seconds) ?? 0) + (value || 0));
  }
  return [0, ...totals.values()];
}

function boundLine({ value, css }, mode) {
  const filled = mode.includes("area");
  const line = { color: faint(css, filled && mode === "area" ? 0 : 0.75), width: 1, dash: "dash" };
  return { type: "line", xref: "paper", x0: 0, x1: 1, y0: value, y1: value, line };
}

/** The regions between thresholds whose colour says that they harm. */
function harm(field, low, high) {
  const all = steps(field);
  return all.flatMap(({ value, css }, index) => {
    const from = Math.max(low, value);
    const to = Math.min(high, all[index + 1]?.value ?? Infinity);
    if (![colour("red"), colour("orange"), colour("yellow")].includes(css) || to <= from) return [];
    const line = { width: 0 };
    return [
      { type: "rect", xref: "paper", x0: 0, x1: 1, y0: from, y1: to, layer: "below", fillcolor: faint(css, 0.1), line },
    ];
  });
}

/** Annotations: a faint band while an alert fired, with a line where it began. */
function bands({ annotations, utc }) {
  return annotations.map(({ from, to, css }) => ({
    type: "rect",
    yref: "paper",
    y0: 0,
    y1: 1,
    layer: "below",
    x0: stamp(from, utc),
    x1: stamp(to, utc),
    fillcolor: faint(css, 0.06),
    line: { width: 0 },
  }));
}
