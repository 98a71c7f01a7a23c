// Histogram buckets over time: a column a step, a row a bucket, brighter where more fell.

import { stamp } from "../axis.js";
import { format } from "../units.js";
import { plotted } from "./plot.js";
import { timeAxis } from "./timeseries.js";

const SCALE = [
  [0, "rgba(0,0,0,0)"],
  [0.02, "#1d3350"],
  [0.5, "#3f7cc4"],
  [1, "#bfe0ff"],
];

/** Draw the series, one a bucket (label le, cumulative), into `body`. */
export async function draw(body, panel, series, context) {
  const rising = [...series].sort((a, b) => bucket(a) - bucket(b));
  const times = [...new Set(rising.flatMap(({ points }) => points.map(([seconds]) => seconds)))].sort(
    (a, b) => a - b,
  );
  const counts = rising.map(({ points }) => new Map(points));
  const rows = counts.map((row, index) =>
    times.map((seconds) => Math.max(0, (row.get(seconds) ?? 0) - (counts[index - 1]?.get(seconds) ?? 0))),
  );
  const unit = panel.options?.yAxis?.unit ?? panel.fieldConfig?.defaults?.unit;
  const names = rising.map((one) =>
    Number.isFinite(bucket(one)) ? `≤ ${format(bucket(one), unit)}` : "more",
  );
  const trace = {
    type: "heatmap",
    z: rows,
    x: times.map((seconds) => stamp(seconds, context.utc)),
    y: names,
    colorscale: SCALE,
    showscale: false,
    hovertemplate: "%{y}: %{z:.3~s}<extra></extra>",
  };
  await plotted(body).draw([trace], {
    xaxis: timeAxis(context),
    yaxis: { type: "category" },
    hovermode: "closest",
  });
}

function bucket({ labels, name }) {
  const text = labels.le ?? name;
  return text === "+Inf" ? Infinity : Number(text);
}
