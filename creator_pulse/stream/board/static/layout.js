// The board's rows and panels on a grid of 24 columns, as gridPos places them.

import { el } from "./dom.js";
import { Multiples } from "./multiples.js";
import { Panel } from "./panel.js";
import { rem } from "./panels/plot.js";
import { substitute } from "./variables.js";

const GAP = 0.5; // Between grid rows, in rem, as in board.css.
const UNIT = 1.875 + GAP; // A grid row with its gap.
const LEAST = 3; // Grid rows of a panel that has nothing to draw: its title and two lines of words.
const NUMBER = 4; // Grid rows that a number needs.
const TRACK = 2; // The height of a track of states, in rem.

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
    this.place();
    this.onOpen = () => {};
    this.mark();
  }

  /**
   * Put each panel where gridPos says, without the grid rows that none of the panels beside each other needs: a
   * short table, or words, leave no empty box, and no hole beside a panel that is higher.
   */
  place() {
    const places = this.panels.map((panel) => {
      const { x = 0, y = 0, w = 24, h = 8 } = panel.model.gridPos ?? {};
      return { panel, x, w, top: y, height: h, needed: Math.min(h, neededRows(panel) ?? h) };
    });
    const kept = (from, until) => {
      let count = 0;
      for (let row = from; row < until; row += 1)
        if (places.some(({ top, needed }) => top <= row && row < top + needed)) count += 1;
      return count;
    };
    const first = Math.min(...places.map(({ top }) => top));
    for (const { panel, x, w, top, height, needed } of places) {
      const { style } = panel.node;
      style.setProperty("--column", `${x + 1} / span ${w}`);
      style.setProperty("--row", `${kept(first, top) + 1} / span ${kept(top, top + height)}`);
      // On a phone each panel has its own height; tiles stand two in a line there, and are equally high.
      style.setProperty("--height", String(panel.model.type === "stat" ? height : needed));
      panel.reach();
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
    this.place();
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

/** Grid rows that hold what a panel has to show; undefined: as many as there are, as for a plot. */
function neededRows({ model, node, body, isEmpty }) {
  if (model.type === "stat") return NUMBER;
  if (isEmpty) return LEAST;
  const box = body.querySelector(":scope > .table, :scope > .tracks");
  if (!box) return undefined;
  const size = rem();
  const inner = box.matches(".table") ? box.firstChild.offsetHeight : box.childElementCount * TRACK * size;
  const height = node.offsetHeight - box.clientHeight + inner;
  return Math.max(LEAST, Math.ceil((height / size + GAP) / UNIT));
}
