// How one series of a panel is shown: fieldConfig with its overrides, thresholds and value mappings.

import { colour, roundOf, seriesAt } from "./colours.js";
import { format } from "./units.js";

/** The settings of a series or table column: the panel's defaults, then every override that matches it. */
export function fieldOf(panel, { name, refId = "", labels = {} }) {
  const config = panel.fieldConfig ?? {};
  const field = structuredClone({ custom: {}, ...config.defaults });
  for (const { matcher, properties } of config.overrides ?? []) {
    if (!matches(matcher, name, refId)) continue;
    for (const { id, value } of properties ?? []) set(field, id, value);
  }
  return { ...field, name: field.displayName ? fillLabels(field.displayName, labels, name) : name };
}

function matches(matcher, name, refId) {
  if (matcher?.id === "byName") return matcher.options === name;
  if (matcher?.id === "byFrameRefID") return matcher.options === refId;
  if (matcher?.id === "byRegexp") return pattern(matcher.options).test(name);
  return false;
}

function pattern(text) {
  const parts = /^\/(.*)\/([a-z]*)$/s.exec(text);
  try {
    return parts ? new RegExp(parts[1], parts[2]) : new RegExp(text);
  } catch {
    return /(?!)/; // A pattern that is none matches nothing, as in Grafana.
  }
}

function set(field, path, value) {
  const keys = path.split(".");
  let at = field;
  for (const key of keys.slice(0, -1)) at = at[key] ??= {};
  at[keys.at(-1)] = value;
}

function fillLabels(text, labels, name) {
  return text
    .replaceAll(/\$\{__(?:field|series)\.name\}/g, name)
    .replaceAll(/\$\{__field\.labels\.(\w+)\}/g, (_all, label) => labels[label] ?? "");
}

/** Text and, where a mapping names one, colour of a number or a label's value; null stands for no data. */
export function display(field, value) {
  const mapped = mapping(field.mappings, value);
  const empty = value === null || value === undefined;
  const written = typeof value === "string" || empty ? value : format(value, field.unit, field.decimals);
  if (mapped) return { text: mapped.text ?? written ?? "", colour: mapped.color && colour(mapped.color) };
  return empty ? { text: field.noValue || "no data yet", empty } : { text: written };
}

function mapping(mappings = [], value) {
  for (const { type, options } of mappings) {
    if (type === "value" && value !== null && options[String(value)]) return options[String(value)];
    if (type === "range" && inRange(options, value)) return options.result;
    if (type === "special" && special(options.match, value)) return options.result;
    if (type === "regex" && value !== null && pattern(options.pattern).test(String(value)))
      return options.result;
  }
  return null;
}

function inRange({ from, to }, value) {
  return value !== null && value >= (from ?? -Infinity) && value <= (to ?? Infinity);
}

function special(match, value) {
  const none = value === null || value === undefined;
  return { null: none, nan: Number.isNaN(value), "null+nan": none || Number.isNaN(value) }[match] ?? false;
}

/** Steps [{value, css}] in rising order; the first one has the value -Infinity. */
export function steps(field) {
  return (field.thresholds?.steps ?? []).map(({ value, color }) => ({
    value: value ?? -Infinity,
    css: colour(color),
  }));
}

/** The colour of a value: of its mapping, else of the threshold step it has reached. */
export function valueColour(field, value) {
  const mapped = display(field, value).colour;
  if (mapped) return mapped;
  if (field.color?.mode === "fixed") return colour(field.color.fixedColor);
  const share = field.thresholds?.mode === "percentage" ? percent(field, value) : value;
  return steps(field).findLast((step) => share >= step.value)?.css ?? colour("text");
}

function percent(field, value) {
  const low = field.min ?? 0;
  return ((value - low) / ((field.max ?? 100) - low)) * 100;
}

/** The colour of a line: fixed where the board says so, else the next one of the palette. */
export function seriesColour(field, index) {
  return field.color?.mode === "fixed" ? colour(field.color.fixedColor) : seriesAt(index);
}

const PATTERNS = ["dot", "dashdot"]; // Of lines whose colours are those of others: eight colours, each three times.

/** The pattern of a line: as the board says; where colours come again, another one. */
export function seriesPattern(field, index) {
  const round = field.color?.mode === "fixed" ? 0 : roundOf(index);
  return round ? PATTERNS[(round - 1) % PATTERNS.length] : (field.custom.lineStyle?.fill ?? "solid");
}
