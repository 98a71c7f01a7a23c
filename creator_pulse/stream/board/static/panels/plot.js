// A plot inside a panel body: uPlot's lines and bands, with the board's axes, marks and tooltip.

import { clock, stamp, times } from "../axis.js";
import { colour, faint, plotColours } from "../colours.js";
import { el } from "../dom.js";
import { swatch } from "../legend.js";

const FONT = () => `${0.6875 * rem()}px system-ui, sans-serif`;
const MOST_MARKS = 5;
const DASHES = { dash: [6, 5], dot: [2, 3], dashdot: [9, 3, 2, 3] };
const plots = new WeakMap(); // The element of a chart -> its Plot.

/** The plot of a body: {legend, draw(description)}; both stay the same elements between refreshes. */
export function plotted(body) {
  let chart = body.querySelector(":scope > .chart");
  if (!chart) {
    chart = el("div", { class: "chart", role: "img" });
    body.replaceChildren(chart, el("div", { class: "legend-box" }));
    plots.set(chart, new Plot(chart));
  }
  const plot = plots.get(chart);
  return { legend: body.querySelector(":scope > .legend-box"), draw: (description) => plot.draw(description) };
}

/** Forget a plot's listeners before its element is thrown away. */
export function release(body) {
  const chart = body.querySelector(":scope > .chart");
  if (chart) plots.get(chart)?.end();
}

/** CSS pixels of one rem, which is larger on a wall. */
export function rem() {
  return parseFloat(getComputedStyle(document.documentElement).fontSize);
}

/**
 * One plot. What it draws is described as
 * {range, zone, lines: [{name, css, width, dash, fill, shape, points, text}], fills: [{upper, lower, css}],
 *  openFrom: when what can still change begins, y: {low, high, ticks, text, label}, bounds: [{value, css}], harms: [{from, to, css}], spans: [{from, to, color, text}]};
 * `fills` name lines by their place.
 */
class Plot {
  constructor(chart) {
    this.chart = chart;
    this.tip = el("div", { class: "tip", hidden: "" });
    this.watch = new ResizeObserver(() => this.fit());
    this.watch.observe(chart);
  }

  draw(described) {
    this.described = described;
    const { lines, y } = described;
    this.chart.dataset.units = [...new Set(lines.map(({ unit }) => unit))].join(" ");
    this.chart.dataset.points = String(lines.reduce((count, { points }) => count + points.length, 0));
    this.chart.setAttribute("aria-label", summary(described));
    // uPlot keeps its settings: the same lines only get new points, so that a pointer over them stays.
    const settings = JSON.stringify([
      lines.map(({ points, text, ...look }) => look),
      described.fills,
      y.label,
      plotColours(),
      rem(),
    ]);
    if (settings !== this.settings || !this.drawn) {
      this.settings = settings;
      this.drawn?.destroy();
      this.drawn = new globalThis.uPlot(this.options(), columns(lines), this.chart);
      this.drawn.over.append(this.tip);
    } else this.drawn.setData(columns(lines));
  }

  /** uPlot's settings; what changes from one refresh to the next is read when it draws. */
  options() {
    const look = plotColours();
    const { lines, fills, y } = this.described;
    const axis = { font: FONT(), stroke: look.quiet, ticks: { show: false }, grid: { stroke: look.grid, width: 1 } };
    return {
      ...this.size(),
      legend: { show: false },
      padding: [0.5 * rem(), 1.125 * rem(), 0, 0], // Half of a time fits beside the right edge.
      cursor: { drag: { x: false, y: false }, sync: { key: "board" }, points: { size: 7 }, y: false },
      scales: {
        x: { time: false, range: () => [this.described.range.start, this.described.range.end] },
        y: { range: () => [this.described.y.low, this.described.y.high] },
      },
      axes: [
        {
          ...axis,
          size: 1.4 * rem(),
          splits: () => times(this.described.range, this.described.zone),
          values: (_plot, at) => at.map((seconds) => tick(seconds, this.described)),
        },
        {
          ...axis,
          size: (_plot, texts) => room(texts ?? [], y.label),
          label: y.label || undefined,
          labelFont: FONT(),
          labelSize: 1.2 * rem(),
          splits: () => this.described.y.ticks,
          values: (_plot, at) => at.map((value) => this.described.y.text(value)),
        },
      ],
      series: [{}, ...lines.map(series)],
      bands: fills.map(({ upper, lower, css }) => ({ series: [upper + 1, lower + 1], fill: css })),
      hooks: {
        drawClear: [(plot) => this.ground(plot)],
        draw: [(plot) => this.veil(plot), (plot) => this.bounds(plot)],
        setCursor: [(plot) => this.point(plot)],
      },
    };
  }

  /** What lies behind the lines: times that are marked, values that harm. */
  ground(plot) {
    const { spans, harms } = this.described;
    const { left, top, width, height } = plot.bbox;
    const { ctx } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, top, width, height);
    ctx.clip();
    for (const { from, to, css } of harms) {
      const [high, low] = [plot.valToPos(to, "y", true), plot.valToPos(from, "y", true)];
      ctx.fillStyle = faint(css, 0.1);
      ctx.fillRect(left, high, width, low - high);
    }
    for (const { from, to, color } of united(spans)) {
      const [start, end] = [plot.valToPos(from, "x", true), plot.valToPos(to, "x", true)];
      ctx.fillStyle = faint(colour(color), 0.06);
      ctx.fillRect(start, top, Math.max(1, end - start), height);
    }
    for (const { from, color } of spans) {
      ctx.fillStyle = faint(colour(color), 0.7);
      ctx.fillRect(plot.valToPos(from, "x", true), top, Math.max(1, devicePixelRatio), height);
    }
    ctx.restore();
  }

  /** The lines of what can still change are faint. */
  veil(plot) {
    const { openFrom, range } = this.described;
    if (!(openFrom < range.end)) return;
    const { left, top, width, height } = plot.bbox;
    const start = plot.valToPos(openFrom, "x", true);
    plot.ctx.fillStyle = faint(plotColours().ground, 0.55);
    plot.ctx.fillRect(start, top, left + width - start, height);
  }

  bounds(plot) {
    const { left, width } = plot.bbox;
    const { ctx } = plot;
    ctx.save();
    ctx.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.lineWidth = devicePixelRatio;
    for (const { value, css } of this.described.bounds) {
      const at = plot.valToPos(value, "y", true);
      ctx.strokeStyle = faint(css, 0.8);
      ctx.beginPath();
      ctx.moveTo(left, at);
      ctx.lineTo(left + width, at);
      ctx.stroke();
    }
    ctx.restore();
  }

  /** The tooltip: the time, and each line's value at it. Only the plot under the pointer has one. */
  point(plot) {
    const { idx, left, top } = plot.cursor;
    const isHovered = idx !== null && idx !== undefined && left >= 0 && plot.over.matches(":hover");
    this.tip.hidden = !isHovered;
    if (!isHovered) return;
    const { lines, zone, range, spans, openFrom } = this.described;
    const seconds = plot.data[0][idx];
    const values = lines.flatMap(({ name, css, dash, text, unlisted }, index) => {
      const value = plot.data[index + 1][idx];
      if (unlisted || value === null || value === undefined) return [];
      return [el("div", {}, swatch({ css, dash }), name, el("b", {}, text(value)))];
    });
    const when = range.seconds > 86400 ? stamp(seconds, zone).slice(0, 16) : clock(seconds, zone, true);
    const marks = new Map(
      spans.filter(({ from, to }) => seconds >= from && seconds <= to).map(({ text, color }) => [text, colour(color)]),
    );
    const marked = [...marks].slice(0, MOST_MARKS).map(([text, css]) =>
      el("div", { class: "marked" }, el("span", { class: "swatch", style: { background: css } }), text),
    );
    if (seconds > openFrom) marked.push(el("div", { class: "marked" }, "provisional: its window is still open"));
    if (marks.size > MOST_MARKS) marked.push(el("div", { class: "marked" }, `and ${marks.size - MOST_MARKS} more`));
    this.tip.replaceChildren(el("div", { class: "when" }, when), ...values, ...marked);
    const { clientWidth: width, clientHeight: height } = plot.over;
    const right = left > width / 2;
    this.tip.style.left = right ? "" : `${left + 14}px`;
    this.tip.style.right = right ? `${width - left + 14}px` : "";
    this.tip.style.top = `${Math.max(0, Math.min(top, height - this.tip.offsetHeight))}px`;
  }

  /** The drawing follows its element, which also changes when the legend beside it does. */
  fit() {
    const { width, height } = this.size();
    if (this.drawn && (this.drawn.width !== width || this.drawn.height !== height)) this.drawn.setSize({ width, height });
  }

  /** A closed row's panels have no size; a plot still needs one. */
  size() {
    return { width: Math.max(this.chart.clientWidth, 80), height: Math.max(this.chart.clientHeight, 60) };
  }

  end() {
    this.watch.disconnect();
    this.drawn?.destroy();
  }
}

/** Spans of one colour that overlap as one: five alerts at a time are no darker than one. */
function united(spans) {
  const whole = [];
  for (const { from, to, color } of [...spans].sort((a, b) => a.from - b.from)) {
    const last = whole.findLast((span) => span.color === color);
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else whole.push({ from, to, color });
  }
  return whole;
}

/** The points of all lines over one column of times. */
function columns(lines) {
  const tables = lines.map(({ points }) => [points.map(([seconds]) => seconds), points.map(([, value]) => value)]);
  return tables.length ? globalThis.uPlot.join(tables) : [[]];
}

function series({ name, css, width, dash, fill, shape, points }) {
  const { paths } = globalThis.uPlot;
  const shapes = { bars: () => paths.bars(), after: () => paths.stepped({ align: 1 }), before: () => paths.stepped({ align: -1 }) };
  return {
    label: name,
    stroke: css,
    width,
    dash: DASHES[dash],
    fill,
    paths: shape === "points" ? () => null : shapes[shape]?.(),
    points: { show: shape === "points" || points.length === 1, size: 5, fill: css },
  };
}

/** Width of the axis of values: its longest text, and its title. */
function room(texts, label) {
  const longest = texts.reduce((most, text) => Math.max(most, String(text ?? "").length), 3);
  return (longest * 0.42 + 0.75) * rem();
}

/** The day where the range has several and a tick is at its midnight or all are; else the time of day. */
function tick(seconds, { range, zone }) {
  const day = stamp(seconds, zone).slice(5, 10);
  const time = clock(seconds, zone);
  return range.seconds > 2 * 86400 ? (time === "00:00" ? day : `${day} ${time}`) : time;
}

/** What a plot shows, in words, for those who cannot see it. */
function summary({ lines }) {
  const listed = lines.filter(({ unlisted }) => !unlisted);
  const parts = listed.slice(0, 8).map(({ name, points, text }) => {
    const last = points.findLast(([, value]) => Number.isFinite(value));
    return `${name}: ${last ? text(last[1]) : "no value"}`;
  });
  return `Lines over time. Last values: ${parts.join("; ")}${listed.length > 8 ? ", and more" : ""}`;
}
