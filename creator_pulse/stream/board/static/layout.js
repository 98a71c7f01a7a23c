// The board's rows and panels on a grid of 24 columns, as gridPos places them.

import { el } from "./dom.js";
import { Multiples } from "./multiples.js";
import { Panel } from "./panel.js";
import { substitute } from "./variables.js";

/** Sections of a dashboard: {title, collapsed, panels}; a row panel begins one. */
export function sectionsOf(dashboard) {
  const sections = [{ title: "", collapsed: false, models: [] }];
  for (const model of dashboard.panels ?? []) {
    if (model.type === "row")
      sections.push({
        title: model.title ?? "",
        collapsed: Boolean(model.collapsed),
        models: [...(model.panels ?? [])],
      });
    else sections.at(-1).models.push(model);
  }
  return sections
    .filter(({ title, models }) => title || models.length)
    .map((section) => new Section(section));
}

/** A row of the board with its panels; closed, it neither shows nor asks anything. */
class Section {
  constructor({ title, collapsed, models }) {
    this.open = !collapsed;
    this.title = title;
    this.heading = title
      ? el("button", { class: "row-title", type: "button", onclick: () => this.toggle() })
      : null;
    this.panels = models.map((model) => new Panel(model, (panel) => this.byRegion(panel)));
    this.multiples = null;
    this.grid = el(
      "div",
      { class: "grid" },
      this.panels.map((panel) => panel.node),
    );
    this.node = el("section", { class: "row" }, this.heading, this.grid);
    this.place(models);
    this.onOpen = () => {};
    this.mark();
  }

  place(models) {
    const top = Math.min(...models.map((model) => model.gridPos?.y ?? 0));
    for (const { node, model } of this.panels) {
      const { x = 0, y = 0, w = 24, h = 8 } = model.gridPos ?? {};
      node.style.setProperty("--column", `${x + 1} / span ${w}`);
      node.style.setProperty("--row", `${y - top + 1} / span ${h}`);
      node.style.setProperty("--height", String(h));
    }
  }

  toggle() {
    this.open = !this.open;
    this.mark();
    if (this.open) this.onOpen(this);
  }

  mark() {
    this.node.classList.toggle("closed", !this.open);
    this.heading?.setAttribute("aria-expanded", String(this.open));
  }

  async refresh(context) {
    if (this.heading) this.heading.textContent = substitute(this.title, context.states, {});
    if (!this.open) return;
    const rows = [...this.panels, this.multiples].filter(Boolean);
    await Promise.all(rows.map((row) => row.refresh(context)));
  }

  /** A row of small multiples of one of the panels, below them all; one at a time. */
  byRegion(model) {
    this.multiples?.node.remove();
    this.multiples = new Multiples(model, () => {
      this.multiples.node.remove();
      this.multiples = null;
    });
    this.node.append(this.multiples.node);
    this.multiples.node.scrollIntoView({ block: "nearest" });
    this.onOpen(this);
  }

  /** Draw what was read last. */
  draw() {
    if (this.open) for (const panel of this.panels) panel.draw();
  }

  /** Say in each panel that nothing new can be read. */
  fail(error) {
    for (const panel of this.panels) if (panel.model.type !== "text") panel.fail(error);
  }
}
