// The Plotly drawing inside a panel body, made once and then updated, with the board's look.

import { PLOT } from "../colours.js";
import { el } from "../dom.js";

const CONFIG = {
  displayModeBar: false,
  displaylogo: false,
  scrollZoom: false,
  doubleClick: false,
  showTips: false,
};
const FONT = { family: "system-ui, sans-serif", size: 11, color: PLOT.quiet };
const AXIS = {
  gridcolor: PLOT.grid,
  zeroline: false,
  linecolor: PLOT.line,
  fixedrange: true,
  automargin: true,
};
const LAYOUT = {
  paper_bgcolor: "rgba(0,0,0,0)",
  plot_bgcolor: "rgba(0,0,0,0)",
  font: FONT,
  margin: { l: 8, r: 12, t: 8, b: 22 },
  showlegend: false,
  hovermode: "x unified",
  hoverlabel: { bgcolor: PLOT.raised, bordercolor: PLOT.edge, font: { ...FONT, color: PLOT.text } },
  dragmode: false,
};

/** The plot of a body: {legend, draw(traces, layout)}; both stay the same elements between refreshes. */
export function plotted(body) {
  let chart = body.querySelector(":scope > .chart");
  let legend = body.querySelector(":scope > .legend-box");
  if (!chart) {
    chart = el("div", { class: "chart" });
    legend = el("div", { class: "legend-box" });
    body.replaceChildren(chart, legend);
    new ResizeObserver(() => fit(chart)).observe(chart);
  }
  const draw = (traces, layout) => {
    const axes = { xaxis: { ...AXIS, ...layout.xaxis }, yaxis: { ...AXIS, ...layout.yaxis } };
    return globalThis.Plotly.react(chart, traces, { ...LAYOUT, ...layout, ...axes, ...sizeOf(chart) }, CONFIG);
  };
  return { legend, draw };
}

/** The drawing follows its element, which also changes when the legend beside it does. */
function fit(chart) {
  const size = sizeOf(chart);
  const drawn = chart.layout;
  if (!drawn || (drawn.width === size.width && drawn.height === size.height)) return;
  globalThis.Plotly.relayout(chart, size);
}

/** A closed row's panels have no size; Plotly still needs one. */
function sizeOf(chart) {
  return { width: Math.max(chart.clientWidth, 80), height: Math.max(chart.clientHeight, 60) };
}

/** Forget a plot's listeners before its element is thrown away. */
export function release(body) {
  const chart = body.querySelector(":scope > .js-plotly-plot");
  if (chart) globalThis.Plotly.purge(chart);
}
