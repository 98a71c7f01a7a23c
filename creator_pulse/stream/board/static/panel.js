// A panel's frame on the page, and what its body says while there is nothing to draw.

import { el, safeHref } from "./dom.js";
import { draw as bargauge } from "./panels/bargauge.js";
import { release } from "./panels/plot.js";
import { draw as stat } from "./panels/stat.js";
import { draw as statetimeline } from "./panels/statetimeline.js";
import { draw as table } from "./panels/table.js";
import { draw as text } from "./panels/text.js";
import { draw as timeseries } from "./panels/timeseries.js";
import { QueryError } from "./query.js";
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

/** One panel of the board; `node` is its element. */
export class Panel {
  constructor(model) {
    this.model = model;
    this.title = el("h2", {});
    this.body = el("div", { class: `body ${model.type}` });
    const help = model.description
      ? el("span", { class: "help", tabindex: "0", "data-help": model.description }, "i")
      : null;
    this.deeper = (model.links ?? []).map(({ title, url }) => ({
      url,
      node: el("a", { class: "deeper", title }, `${title} ›`),
    }));
    const nodes = this.deeper.map(({ node }) => node);
    const head = model.title ? el("div", { class: "head" }, this.title, help, nodes) : null;
    this.node = el(
      "article",
      { class: `panel${model.transparent ? " bare" : ""}`, "data-panel": String(model.id ?? "") },
      head,
      this.body,
    );
    if (model.type === "text") DRAW.text(this.body, model);
    else this.say("empty", "loading");
  }

  /** Ask anew and draw; what goes wrong is said in the panel, and does not reach the others. */
  async refresh(context) {
    this.title.textContent = substitute(this.model.title ?? "", context.states, {});
    this.title.title = this.title.textContent;
    for (const { url, node } of this.deeper) node.href = safeHref(context.link(url, {}, null)) ?? "#";
    try {
      await this.show(context);
    } catch (error) {
      this.say(
        "failed",
        error instanceof QueryError ? `query failed: ${error.message}` : `cannot be drawn: ${error.message}`,
      );
      if (!(error instanceof QueryError)) console.error(error);
    }
  }

  async show(context) {
    const { model, body } = this;
    const draw = DRAW[model.type];
    if (model.type === "text") return undefined; // Drawn once: it asks nothing.
    if (!draw) return this.say("empty", `this board has no ${model.type} panels`);
    const [series, annotations] = await Promise.all([load(model, context), context.annotations]);
    if (!context.current()) return undefined; // Another choice was made meanwhile, and is being asked for.
    if (!series.length) return this.say("empty", model.fieldConfig?.defaults?.noValue || "no data yet");
    this.state("drawn");
    return draw(body, model, series, { ...context, annotations });
  }

  say(state, message) {
    release(this.body);
    this.body.replaceChildren(el("div", { class: `note ${state}` }, message));
    this.state(state);
  }

  /** What the body shows: drawn, empty or failed; leaving a note clears it away. */
  state(state) {
    if (state === "drawn") this.body.querySelector(":scope > .note")?.remove();
    this.node.dataset.state = state;
  }
}
