// The numbers of a panel as CSV (RFC 4180), in base units: what is drawn, for a spreadsheet.

import { stamp } from "./axis.js";
import { arranged } from "./panels/table.js";
import { reduce } from "./series.js";

/** The text of a file with the series of a panel. */
export function csvOf(panel, series, { zone }) {
  return lines(panel, series, zone)
    .map((line) => line.map(cell).join(","))
    .join("\r\n")
    .concat("\r\n");
}

function lines(panel, series, zone) {
  if (panel.type === "table") {
    const { rows, columns } = arranged(panel, series);
    return [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ key }) => row[key]))];
  }
  if (panel.type === "timeseries" || panel.type === "state-timeline") return overTime(series, zone);
  const calc = panel.options?.reduceOptions?.calcs?.[0];
  return [["name", "value"], ...series.map(({ name, points }) => [name, reduce(points, calc)])];
}

/** A line a time, a column a series. */
function overTime(series, zone) {
  const columns = series.map(({ points }) => new Map(points));
  const seconds = [...new Set(columns.flatMap((column) => [...column.keys()]))].sort((a, b) => a - b);
  return [
    [`time (${zone || Intl.DateTimeFormat().resolvedOptions().timeZone})`, ...series.map(({ name }) => name)],
    ...seconds.map((at) => [stamp(at, zone), ...columns.map((column) => column.get(at))]),
  ];
}

function cell(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "";
  if (typeof value === "number") return String(value);
  // A spreadsheet would run a text that begins like a formula.
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
