// A panel's targets, asked and named: the series that its drawing is made of.

import { fieldOf } from "./fields.js";
import { macros, queryInstant, queryRange, stepOf } from "./query.js";
import { substitute } from "./variables.js";

/**
 * All series of a panel: [{refId, labels, points, name, field, step, past}].
 * `past` is the history behind an instant value, where the panel draws one.
 */
export async function load(panel, context) {
  const targets = (panel.targets ?? []).filter((target) => !target.hide);
  const answers = await Promise.all(targets.map((target, index) => ask(panel, target, index, context)));
  return answers.flat();
}

async function ask(panel, target, index, { range, states }) {
  const step = stepOf(range, panel, target);
  const expression = substitute(target.expr ?? "", states, macros(range, step));
  const withPast = target.instant && panel.type === "stat" && (panel.options?.graphMode ?? "none") !== "none";
  const [current, past] = await Promise.all([
    target.instant ? queryInstant(expression, range) : queryRange(expression, range, step),
    withPast ? queryRange(expression, range, step) : [],
  ]);
  const refId = target.refId ?? String.fromCharCode(65 + index);
  const histories = new Map(past.map((series) => [keyOf(series.labels), series.points]));
  return current.map(({ labels, points }) => {
    const name = nameOf(target, labels, expression);
    const field = fieldOf(panel, { name, refId, labels });
    const history = target.instant ? (histories.get(keyOf(labels)) ?? []) : points;
    return { refId, labels, points, name: field.name, field, step, past: history };
  });
}

/** One text for a label set, whatever the order of its labels. */
export function keyOf(labels) {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function nameOf({ legendFormat }, labels, expression) {
  if (legendFormat && legendFormat !== "__auto") {
    return legendFormat.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (_all, label) => labels[label] ?? "");
  }
  const { __name__: family = "", ...rest } = labels;
  const pairs = Object.entries(rest).map(([label, value]) => `${label}="${value}"`);
  if (legendFormat === "__auto" && pairs.length === 1) return Object.values(rest)[0];
  return pairs.length ? `${family}{${pairs.join(", ")}}` : family || expression;
}

/** The numbers of a series, without the NaN of an empty division. */
export function numbers(points) {
  return points.map(([, value]) => value).filter((value) => !Number.isNaN(value));
}

const CALCS = {
  first: (values) => values[0],
  firstNotNull: (values) => values[0],
  max: (values) => values.reduce((most, value) => Math.max(most, value)),
  min: (values) => values.reduce((least, value) => Math.min(least, value)),
  sum: (values) => values.reduce((total, value) => total + value, 0),
  mean: (values) => CALCS.sum(values) / values.length,
  count: (values) => values.length,
  range: (values) => CALCS.max(values) - CALCS.min(values),
  diff: (values) => values.at(-1) - values[0],
};

/**
 * One number for a series; an unknown calculation gives the last. Null where it has no points, NaN where all of
 * them are the result of a division of nothing.
 */
export function reduce(points, calc = "lastNotNull") {
  const values = numbers(points);
  if (!values.length) return points.length ? NaN : null;
  return CALCS[calc] ? CALCS[calc](values) : values.at(-1);
}

/** The points with a null where at least one step is missing, so that an outage shows as a gap. */
export function withGaps(points, step) {
  return points.flatMap(([seconds, value], index) => {
    const before = index ? points[index - 1][0] : seconds;
    const point = [seconds, Number.isFinite(value) ? value : null];
    return seconds - before > step * 1.5 ? [[before + step, null], point] : [point];
  });
}
