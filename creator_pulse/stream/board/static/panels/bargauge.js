// One bar a series: name, length against the largest (or the field's max), value.

import { faint, quiet } from "../colours.js";
import { el } from "../dom.js";
import { display, valueColour } from "../fields.js";
import { reduce } from "../series.js";

/** Draw the series into `body`. */
export function draw(body, panel, series) {
  const calc = panel.options?.reduceOptions?.calcs?.[0];
  const rows = series.map((line) => ({ line, value: reduce(line.points, calc) }));
  const largest = rows.reduce((most, { value }) => Math.max(most, value ?? 0), 0);
  body.replaceChildren(
    el(
      "div",
      { class: "bars" },
      rows.map(({ line, value }) => bar(line, value, largest)),
    ),
  );
}

function bar({ name, field }, value, largest) {
  const low = field.min ?? 0;
  const high = field.max ?? largest;
  const share = value === null || Number.isNaN(value) || high <= low ? 0 : Math.min(1, Math.max(0, (value - low) / (high - low)));
  const css = value === null ? quiet() : valueColour(field, value);
  return el(
    "div",
    { class: "bar" },
    el("span", { class: "bar-name", title: name }, name),
    el(
      "span",
      { class: "bar-track" },
      el("span", { class: "bar-fill", style: { width: `${share * 100}%`, background: faint(css, 0.75) } }),
    ),
    el("span", { class: "bar-value", style: { color: css } }, display(field, value).text),
  );
}
