// A row of small multiples: the same trend for each region, on one scale.

import { el } from "./dom.js";
import { draw } from "./panels/timeseries.js";
import { numbers, load } from "./series.js";
import { substitute } from "./variables.js";

const MOST = 12;

/** The regions that a panel can be shown by; none where its queries do not choose one. */
export function regionsOf(model, states) {
  const region = states.find(({ name }) => name === "region");
  const asks = (model.targets ?? []).some(({ expr }) => /\$\{?region\b/.test(expr ?? ""));
  return model.type === "timeseries" && asks && region ? region.options.slice(0, MOST) : [];
}

/** The row below a panel's section; `node` is its element. */
export class Multiples {
  constructor(model, onClose) {
    this.model = { ...model, options: { ...model.options, legend: { showLegend: false } } };
    this.title = el("h2", {});
    this.cells = el("div", { class: "multiples-cells" });
    this.bodies = new Map();
    const close = el("button", { type: "button", class: "close", onclick: onClose }, "Close");
    this.node = el("div", { class: "multiples" }, el("div", { class: "head" }, this.title, close), this.cells);
  }

  async refresh(context) {
    const regions = regionsOf(this.model, context.states);
    this.title.textContent = `${substitute(this.model.title, context.states, {})}, by region`;
    const answers = await Promise.all(regions.map((region) => load(this.model, only(region, context))));
    const annotations = await context.annotations;
    if (!context.current()) return;
    const values = answers.flat().flatMap(({ points }) => numbers(points)).filter(Number.isFinite);
    const scale = values.length ? [Math.min(...values.slice(0, 1e5)), Math.max(...values.slice(0, 1e5))] : null;
    regions.forEach((region, place) => {
      const body = this.bodyOf(region);
      if (answers[place].length) draw(body, this.model, answers[place], { ...context, annotations, scale });
      else body.replaceChildren(el("div", { class: "note empty" }, this.model.fieldConfig?.defaults?.noValue ?? ""));
    });
  }

  bodyOf(region) {
    if (!this.bodies.has(region)) {
      const body = el("div", { class: "body timeseries" });
      this.bodies.set(region, body);
      this.cells.append(el("article", { class: "panel" }, el("div", { class: "head" }, el("h3", {}, region)), body));
    }
    return this.bodies.get(region);
  }
}

function only(region, context) {
  const states = context.states.map((state) => (state.name === "region" ? { ...state, chosen: [region] } : state));
  return { ...context, states };
}
