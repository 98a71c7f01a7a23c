// Instant series as rows: their labels and values as columns, arranged as the board says.

import { faint, quiet } from "../colours.js";
import { el, safeHref } from "../dom.js";
import { display, fieldOf, valueColour } from "../fields.js";
import { keyOf } from "../series.js";

/** Draw the series into `body`; the time of the sample is left out, because all are of now. */
export function draw(body, panel, series, context) {
  const { rows, columns } = arranged(panel, series);
  const fields = columns.map(({ title }) => fieldOf(panel, { name: title }));
  const head = el(
    "tr",
    {},
    columns.map(({ title, key }, index) =>
      el("th", { class: isNumber(key, fields[index]) ? "number" : null }, title),
    ),
  );
  const lines = rows.map((row) =>
    el(
      "tr",
      {},
      columns.map(({ key }, index) => cell(row, key, fields[index], context)),
    ),
  );
  body.replaceChildren(
    el("div", { class: "table" }, el("table", {}, el("thead", {}, head), el("tbody", {}, lines))),
  );
}

/** The rows and columns of a table: {rows: [{key: value}], columns: [{key, title}]}. */
export function arranged(panel, series) {
  const rows = sorted(rowsOf(series, (panel.targets ?? []).length > 1), panel);
  return { rows, columns: columnsOf(rows, panel) };
}

/** One row a label set; the values of several targets meet in it as Value #A, Value #B. */
function rowsOf(series, several) {
  const rows = new Map();
  for (const { labels, points, refId } of series) {
    const { __name__: _family, ...own } = labels;
    const key = keyOf(own);
    if (!rows.has(key)) rows.set(key, { ...own });
    rows.get(key)[several ? `Value #${refId}` : "Value"] = points.at(-1)?.[1] ?? null;
  }
  return [...rows.values()];
}

function columnsOf(rows, panel) {
  const organize = transformations(panel, "organize")[0] ?? {};
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))].sort(valuesLast);
  const place = (key) => organize.indexByName?.[key] ?? 1000;
  return keys
    .filter((key) => !organize.excludeByName?.[key] && isIncluded(key, panel))
    .sort((a, b) => place(a) - place(b))
    .map((key) => ({ key, title: organize.renameByName?.[key] || key }));
}

function isIncluded(key, panel) {
  return transformations(panel, "filterFieldsByName").every(({ include }) => {
    if (include?.names) return include.names.includes(key);
    return include?.pattern ? new RegExp(include.pattern).test(key) : true;
  });
}

function transformations(panel, id) {
  return (panel.transformations ?? [])
    .filter((step) => step.id === id && !step.disabled)
    .map((step) => step.options ?? {});
}

function isValue(key) {
  return /^Value( #\w+)?$/.test(key);
}

/** Whether a column holds numbers to be read as such: what stands for a word is read as one. */
function isNumber(key, field) {
  return isValue(key) && !(field.mappings ?? []).some(({ type }) => type === "value");
}

function valuesLast(a, b) {
  return Number(isValue(a)) - Number(isValue(b)) || (a < b ? -1 : 1);
}

function sorted(rows, panel) {
  const renamed = transformations(panel, "organize")[0]?.renameByName ?? {};
  const byTransform = transformations(panel, "sortBy")[0]?.sort?.[0];
  const byOption = panel.options?.sortBy?.[0];
  const order = byTransform ?? (byOption && { field: byOption.displayName, desc: byOption.desc });
  if (!order) return rows;
  const names = Object.keys(renamed).filter((name) => renamed[name] === order.field);
  const key = names.find((name) => rows.some((row) => name in row)) ?? order.field;
  const direction = order.desc ? -1 : 1;
  return [...rows].sort((a, b) => direction * compare(a[key], b[key]));
}

function compare(a, b) {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a ?? "").localeCompare(String(b ?? ""));
}

function cell(row, key, field, context) {
  const value = row[key];
  const displayed = value === undefined && !isValue(key) ? { text: "" } : display(field, value ?? null);
  const type = field.custom.cellOptions?.type ?? "auto";
  const css = displayed.colour ?? (typeof value === "number" ? valueColour(field, value) : null);
  const style =
    type === "color-background" && css
      ? { background: faint(css, 0.25) }
      : type === "color-text" && css
        ? { color: css }
        : {};
  const href = field.links?.[0] && safeHref(context.link(field.links[0].url, row, value));
  // What stands for no number has a word, and no bar.
  const text = type === "gauge" && Number.isFinite(value) ? way(value, field, displayed.text, css) : displayed.text;
  const content = href && displayed.text ? el("a", { href, title: field.links[0].title }, text) : text;
  return el(
    "td",
    { class: isNumber(key, field) ? "number" : "label", style, title: isValue(key) ? null : displayed.text },
    content,
  );
}

/** A number as a bar between the field's least and largest, with its text beside it. */
function way(value, field, text, css) {
  const low = field.min ?? 0;
  const high = field.max ?? 1;
  const share = Math.min(1, Math.max(0, (value - low) / (high - low || 1)));
  return el(
    "span",
    { class: "way" },
    el(
      "span",
      { class: "way-track" },
      el("span", {
        class: "way-fill",
        style: { width: `${share * 100}%`, background: faint(css ?? quiet(), 0.8) },
      }),
    ),
    el("span", {}, text),
  );
}
