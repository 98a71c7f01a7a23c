// A panel's frame on the page, its menu, and what its body says while there is nothing to draw.

import { clock } from "./axis.js";
import { csvOf } from "./csv.js";
import { el, safeHref } from "./dom.js";
import { display } from "./fields.js";
import { regionsOf } from "./multiples.js";
import { draw as bargauge } from "./panels/bargauge.js";
import { release } from "./panels/plot.js";
import { draw as stat } from "./panels/stat.js";
import { draw as statetimeline } from "./panels/statetimeline.js";
import { draw as table } from "./panels/table.js";
import { draw as text } from "./panels/text.js";
import { draw as timeseries } from "./panels/timeseries.js";
import { pictureOf } from "./picture.js";
import { provisionalSeconds } from "./provisional.js";
import { QueryError } from "./query.js";
import { save } from "./save.js";
import { load } from "./series.js";
import { substitute } from "./variables.js";

const DRAW = {
  stat,
  timeseries,
  table,
  bargauge,
  text,
  "state-timeline": statetimeline,
  gauge: stat,
};
const OF_ALERTS = ["nothing fires", "no alert", "nothing changed"]; // Claims that hold while rules are evaluated.
const UNWATCHED = "unknown: no rules are evaluated";
const MARKED = new Set(["timeseries"]);
const BLIND = "Not seen"; // The kind of marks of times that nobody can see.
const MINUTE = 60;
const PROVISIONAL = "Provisional: of windows that are still open, or that late records can still change";
const SCROLLS = ".table, .legend, .bars, .tracks, .note, .prose";

/** One panel of the board; `node` is its element. `onRegions(model)` shows it by region. */
export class Panel {
  constructor(model, onRegions) {
    this.model = model;
    this.onRegions = onRegions;
    this.isEmpty = false;
    this.title = el("h2", {});
    this.body = el("div", { class: `body ${model.type}` });
    this.age = el("span", { class: "age", hidden: "" });
    const open = provisionalSeconds(model);
    const isOpen = open
      ? el("span", { class: "open", role: "img", "aria-label": PROVISIONAL, title: PROVISIONAL }, "◌")
      : null;
    const about = model.description;
    const help = about
      ? el("span", { class: "help", tabindex: "0", role: "note", "aria-label": about, "data-help": about }, "i")
      : null;
    this.deeper = (model.links ?? []).map(({ title, url }) => ({
      url,
      // A tile has room for a sign only.
      node: el("a", { class: "deeper", title, "aria-label": title }, model.type === "stat" ? "›" : `${title} ›`),
    }));
    const nodes = this.deeper.map(({ node }) => node);
    const head = model.title
      ? el("div", { class: "head" }, this.title, help, isOpen, this.age, nodes, model.type === "text" ? null : this.menu())
      : null;
    this.node = el(
      "article",
      { class: `panel${model.transparent ? " bare" : ""}`, "data-panel": String(model.id ?? "") },
      head,
      this.body,
    );
    if (model.type === "text") DRAW.text(this.body, model);
    else this.say("empty", "loading");
  }

  /** What a reader can take from the panel; it is made anew when it opens, for what can be had then. */
  menu() {
    const items = el("div", { class: "menu" });
    const menu = el("details", { class: "panel-menu", name: "panel" }, el("summary", { "aria-label": "Take" }, "⋯"), items);
    this.summary = menu.firstChild;
    const item = (text, act) =>
      el("button", { type: "button", onclick: () => (menu.removeAttribute("open"), this.summary.focus(), act()) }, text);
    menu.addEventListener("toggle", () => {
      if (!menu.open) return;
      const several = this.context && regionsOf(this.model, this.context.states).length > 1;
      items.replaceChildren(
        ...[
          this.series && item("Save as CSV", () => this.saveCsv()),
          item("Save as picture", () => this.savePicture()),
          several && item("By region", () => this.onRegions(this.model)),
        ].filter(Boolean),
      );
    });
    return menu;
  }

  saveCsv() {
    save(csvOf(this.model, this.series, this.context), this.title.textContent, "csv", "text/csv;charset=utf-8");
  }

  async savePicture() {
    save(await pictureOf(this.node), this.title.textContent, "png");
  }

  /** Ask anew and draw; what goes wrong is said in the panel, and does not reach the others. */
  async refresh(context) {
    const title = substitute(this.model.title ?? "", context.states, {});
    this.title.textContent = title;
    this.title.title = title;
    this.summary?.setAttribute("aria-label", `Take: ${title}`);
    for (const { url, node } of this.deeper) node.href = safeHref(context.link(url, {}, null)) ?? "#";
    if (this.model.type === "text") return; // Drawn once: it asks nothing.
    try {
      await this.show(context);
    } catch (error) {
      if (context.current()) this.fail(error);
    }
  }

  async show(context) {
    if (!DRAW[this.model.type]) return this.say("empty", `this board has no ${this.model.type} panels`);
    const series = await load(this.model, context);
    // Marks are drawn in plots alone, and tell why a panel is empty: the others need not wait for them.
    const annotations = MARKED.has(this.model.type) || !series.length ? await context.annotations : [];
    if (!context.current()) return undefined; // Another choice was made meanwhile, and is being asked for.
    this.series = series;
    this.context = { ...context, annotations };
    this.readAt = Date.now() / 1000;
    this.node.classList.remove("old");
    this.age.hidden = true;
    return this.draw();
  }

  /** Draw what was read last: also after the theme or the zone has changed. */
  draw() {
    const { model, body, series, context } = this;
    if (!series) return;
    const nothing = this.nothing();
    this.isEmpty = Boolean(nothing);
    if (nothing) {
      this.say("empty", nothing);
      return;
    }
    this.state("drawn");
    DRAW[model.type](body, model, series, context);
    this.reach();
  }

  /** Which kind of nothing it is, where there is nothing to draw: an empty box would not tell, nor a zero. */
  nothing() {
    const { model, series, context } = this;
    const { range, annotations } = context;
    if (!series.length) {
      const words = model.fieldConfig?.defaults?.noValue || "no data yet";
      if (!context.isWatched && OF_ALERTS.some((claim) => words.startsWith(claim))) return UNWATCHED;
      const blind = annotations.find(({ kind, to }) => kind === BLIND && to >= range.end - MINUTE);
      return blind && words.startsWith("no traffic") ? `too late: ${blind.text}` : words;
    }
    const isLine = model.type === "timeseries";
    const isNumber = series.some(({ points }) => points.some(([, value]) => Number.isFinite(value)));
    return isLine && !isNumber ? display(series[0].field, NaN).text : "";
  }

  /** What went wrong is said; what was drawn before stays, greyed, with its age. */
  fail(error) {
    if (!(error instanceof QueryError)) console.error(error);
    const kind = error instanceof QueryError ? `query failed: ${error.message}` : `cannot be drawn: ${error.message}`;
    const text = error.away ? "Prometheus is away" : kind;
    if (!this.series) {
      this.say("failed", error.away ? `${text}: nothing was read yet` : text);
      return;
    }
    this.node.classList.add("old");
    this.age.hidden = false;
    this.age.title = error.message;
    this.age.textContent = `${error.away ? text : "query failed"}: as of ${clock(this.readAt, this.context.zone, true)}`;
  }

  say(state, message) {
    release(this.body);
    this.body.replaceChildren(el("div", { class: `note ${state}` }, message));
    this.state(state);
    this.reach();
  }

  /** What the body shows: drawn, empty or failed; leaving a note clears it away. */
  state(state) {
    if (state === "drawn") this.body.querySelector(":scope > .note")?.remove();
    this.node.dataset.state = state;
  }

  /** What scrolls can be reached by keyboard; what does not is no stop on the way. */
  reach() {
    for (const node of this.body.querySelectorAll(SCROLLS)) {
      const scrolls = node.scrollHeight > node.clientHeight || node.scrollWidth > node.clientWidth;
      if (scrolls) node.setAttribute("tabindex", "0");
      else node.removeAttribute("tabindex");
    }
  }
}
