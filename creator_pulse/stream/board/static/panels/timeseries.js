// Lines over time, with the bands, bounds and marked times that belong to them.

import { ticks } from "../axis.js";
import { colour, faint } from "../colours.js";
import { seriesColour, seriesPattern, steps } from "../fields.js";
import { legend } from "../legend.js";
import { format } from "../units.js";
import { provisionalSeconds } from "../provisional.js";
import { withGaps } from "../series.js";
import { plotted } from "./plot.js";

const MOST_FILLED = 3; // More areas over each other only make mud; then lines alone are drawn.

/** Draw the series into `body`. */
export function draw(body, panel, series, context) {
  const drawn = series.map((line, index) => ({
    series: line,
    css: seriesColour(line.field, index),
    dash: seriesPattern(line.field, index),
  }));
  const displayed = drawn.filter(({ series: { field } }) => !field.custom.hideFrom?.viz);
  const only = body.dataset.only;
  const visible = displayed.some(({ series: { name } }) => name === only)
    ? displayed.filter(({ series: { name } }) => name === only)
    : displayed;
  const box = plotted(body);
  if (panel.options?.legend?.showLegend !== false) {
    const listed = displayed.filter(({ series: { field } }) => !field.custom.hideFrom?.legend);
    box.legend.replaceChildren(
      legend(panel, listed, (index) => pick(body, listed[index].series.name, panel, series, context)),
    );
  }
  body.classList.toggle("legend-right", panel.options?.legend?.placement === "right");
  const field = visible[0]?.series.field ?? { custom: {} };
  box.draw({ ...describe(visible, field, context), openFrom: openFrom(panel, context) });
}

function pick(body, name, panel, series, context) {
  body.dataset.only = body.dataset.only === name ? "" : name;
  draw(body, panel, series, context);
}

/** From when on windows are still open; what is as old as a window has been counted whole. */
function openFrom(panel, { range }) {
  const size = provisionalSeconds(panel);
  const isNow = Math.abs(range.end * 1000 - Date.now()) < 60_000;
  return size && isNow && size <= range.seconds / 2 ? range.end - size : Infinity;
}

function describe(visible, field, context) {
  const mode = field.custom.thresholdsStyle?.mode ?? "off";
  const bounds = mode === "off" ? [] : steps(field).filter((step) => Number.isFinite(step.value));
  const [low, high] = extent(visible, field, bounds, context.scale);
  return {
    range: context.range,
    zone: context.zone,
    lines: visible.map((curve) => line(curve, visible.length > MOST_FILLED)),
    fills: visible.flatMap(({ series, css }, upper) => {
      const lower = visible.findIndex((other) => other.series.name === series.field.custom.fillBelowTo);
      return lower < 0 ? [] : [{ upper, lower, css: faint(css, (series.field.custom.fillOpacity ?? 0) / 100) }];
    }),
    y: {
      low,
      high,
      ticks: ticks(low, high, 4, field.unit),
      text: (value) => format(value, field.unit),
      label: field.custom.axisLabel,
    },
    bounds: mode === "area" ? [] : bounds,
    harms: mode.includes("area") ? harms(field, low, high) : [],
    spans: context.annotations,
  };
}

function line({ series, css, dash }, crowded) {
  const { custom, unit, decimals } = series.field;
  const isFilled = custom.fillOpacity > 0 && !custom.fillBelowTo && !crowded;
  return {
    name: series.name,
    css,
    unit: unit ?? "none",
    width: custom.lineWidth ?? 1.6,
    dash,
    fill: isFilled ? faint(css, custom.fillOpacity / 100) : undefined,
    shape: shape(custom),
    unlisted: Boolean(custom.hideFrom?.legend),
    points: custom.spanNulls === true ? series.points : withGaps(series.points, series.step),
    text: (value) => format(value, unit, decimals),
  };
}

function shape({ drawStyle, lineInterpolation }) {
  if (drawStyle === "bars" || drawStyle === "points") return drawStyle;
  return { stepAfter: "after", stepBefore: "before" }[lineInterpolation];
}

/** Lowest and highest value of the axis; bounds are in it unless that would flatten the lines. */
function extent(visible, field, bounds, scale) {
  const values = visible
    .flatMap(({ series }) => series.points.map(([, value]) => value))
    .filter(Number.isFinite)
    .concat(scale ?? []);
  let low = values.reduce((least, value) => Math.min(least, value), field.custom.axisSoftMin ?? Infinity);
  let high = values.reduce((most, value) => Math.max(most, value), field.custom.axisSoftMax ?? -Infinity);
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

/** The regions between thresholds whose colour says that they harm. */
function harms(field, low, high) {
  const all = steps(field);
  return all.flatMap(({ value, css }, index) => {
    const from = Math.max(low, value);
    const to = Math.min(high, all[index + 1]?.value ?? Infinity);
    const isHarm = [colour("red"), colour("orange"), colour("yellow")].includes(css);
    return isHarm && to > from ? [{ from, to, css }] : [];
  });
}
