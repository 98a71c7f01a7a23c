// The legend of a plot: colour, name and numbers of each series; a click shows it alone.

import { el } from "./dom.js";
import { display } from "./fields.js";
import { reduce } from "./series.js";

/** The legend as an element; `onPick(index)` is called when a series is clicked. */
export function legend(panel, drawn, onPick) {
  const options = panel.options?.legend ?? {};
  const calcs = options.calcs?.length ? options.calcs : ["lastNotNull"];
  const side = options.placement === "right" ? "side" : "below";
  return list(drawn, calcs, side, onPick);
}

/** A piece of a line: broken where the line is. */
export function swatch({ css, dash }) {
  return el("span", { class: `swatch ${dash}`, style: { background: css } });
}

function list(drawn, calcs, side, onPick) {
  const items = drawn.map((each, index) => {
    const { series } = each;
    return el(
      "button",
      { class: "legend-item", type: "button", onclick: () => onPick(index), title: series.name },
      swatch(each),
      el("span", { class: "legend-name" }, series.name),
      calcs.map((calc) => el("b", {}, text(series, calc))),
    );
  });
  return el("div", { class: `legend ${side}` }, items);
}

function text(series, calc) {
  const value = reduce(series.points, calc);
  return value === null || Number.isNaN(value) ? "–" : display({ ...series.field, mappings: [] }, value).text;
}
