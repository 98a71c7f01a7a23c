// The board's annotations: spans of time in which an annotation query had a value.

import { colour } from "./colours.js";
import { macros, queryRange } from "./query.js";
import { substitute } from "./variables.js";

const POINTS = 200;

/** Spans [{from, to, css}] of all annotations that are switched on. */
export async function loadAnnotations(dashboard, range, states) {
  const asked = (dashboard.annotations?.list ?? []).filter(
    ({ enable, expr, target }) => enable && (expr ?? target?.expr),
  );
  const found = await Promise.all(asked.map((annotation) => spansOf(annotation, range, states)));
  return found.flat();
}

async function spansOf(annotation, range, states) {
  const step = Math.max(5, Math.ceil(range.seconds / POINTS));
  const expression = substitute(annotation.expr ?? annotation.target.expr, states, macros(range, step));
  const series = await queryRange(expression, range, step);
  const css = colour(annotation.iconColor || "red");
  return merged(
    series.flatMap(({ points }) => points.map(([seconds]) => seconds)),
    step,
  ).map((span) => ({ ...span, css }));
}

/** Times as spans; what is at most one step apart belongs together, whichever series it is from. */
function merged(times, step) {
  const spans = [];
  for (const seconds of times.sort((a, b) => a - b)) {
    const last = spans.at(-1);
    if (last && seconds - last.to <= step) last.to = seconds;
    else spans.push({ from: seconds, to: seconds });
  }
  return spans;
}
