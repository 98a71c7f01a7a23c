// The board's variables: where their values come from, the selects, and $name in expressions.

import { labelValues } from "./query.js";
import { el } from "./dom.js";

export const ALL = "$__all";
const NAME = /\$(\w+)|\$\{(\w+)(?::(\w+))?\}|\[\[(\w+)\]\]/g;
const OPTIONS_KEPT_MS = 30_000; // An app or region that is new may show so much later: panels need not wait.
const FIXED_TYPES = new Set(["datasource", "constant", "textbox", "adhoc"]);

/** The state of every variable of a dashboard: {name, label, options, chosen, ...}; address parameters choose. */
export function stateOf(dashboard, address) {
  return (dashboard.templating?.list ?? []).map((model) => {
    const ofAddress = address.getAll(`var-${model.name}`);
    const first = ofAddress.length ? ofAddress : [model.current?.value ?? (model.includeAll ? ALL : "")].flat();
    return {
      model,
      name: model.name,
      label: model.label || model.name,
      fixed: FIXED_TYPES.has(model.type),
      options: fixedOptions(model),
      chosen: first.map((value) => (value === "All" ? ALL : value)),
    };
  });
}

function fixedOptions(model) {
  if (model.type === "constant" || model.type === "textbox") return [queryText(model)];
  if (model.type === "custom" || model.type === "interval")
    return queryText(model)
      .split(",")
      .map((text) => text.trim());
  return [];
}

function queryText(model) {
  return typeof model.query === "string" ? model.query : (model.query?.query ?? model.definition ?? "");
}

/** Ask Prometheus for the values of each query variable, in order, so that one may use those before it. */
export async function loadOptions(states) {
  for (const state of states) {
    if (state.model.type === "query") {
      const now = Date.now();
      const query = /^label_values\((?:(.+),)?\s*(\w+)\)$/s.exec(queryText(state.model).trim());
      if (!query) continue;
      const selector = substitute(query[1]?.trim() ?? "", states, {});
      const isNew = selector !== state.selector || now - state.askedAt > OPTIONS_KEPT_MS;
      if (isNew || !state.options.length) {
        state.options = await labelValues(query[2], selector);
        [state.selector, state.askedAt] = [selector, now];
      }
    }
    settle(state);
  }
}

function settle(state) {
  const available = state.chosen.filter((value) => value === ALL || state.options.includes(value));
  if (state.fixed || available.length || !state.options.length) return;
  state.chosen = state.model.includeAll ? [ALL] : [state.options[0]];
}

/** An expression with $name, ${name}, ${name:regex} and the macros of `macros` filled in. */
export function substitute(text, states, macros) {
  return text.replaceAll(NAME, (all, plain, braced, style, bracketed) => {
    const name = plain ?? braced ?? bracketed;
    if (name in macros) return macros[name];
    const state = states.find((candidate) => candidate.name === name);
    return state ? written(state, style ?? "") : all;
  });
}

function written(state, style) {
  if (state.fixed) return state.options[0] ?? "";
  const all = state.chosen.includes(ALL);
  if (all && state.model.allValue) return state.model.allValue;
  const values = all ? state.options : state.chosen;
  if (style === "raw") return values.join(",");
  if (style === "csv") return values.join(",");
  if (style === "pipe") return values.join("|");
  const several = state.model.multi || state.model.includeAll;
  if (style === "" && !several) return values[0] ?? "";
  const escaped = values.map(escapeRegex);
  return escaped.length === 1 ? escaped[0] : `(${escaped.join("|")})`;
}

/** A value that matches itself inside a quoted regular expression of PromQL: \ is doubled for the quotes. */
function escapeRegex(value) {
  return value.replaceAll(/[\\^$*+?.()|[\]{}]/g, "\\\\$&").replaceAll('"', '\\"');
}

/** The selects of the header; `onChange` is called once a value was chosen. */
export function selects(states, onChange) {
  return states
    .filter((state) => !state.fixed && !hidden(state.model))
    .map((state) => select(state, onChange));
}

function hidden(model) {
  return model.hide === 2 || model.hide === "hideVariable";
}

function select(state, onChange) {
  const choices = [
    ...(state.model.includeAll ? [[ALL, "All"]] : []),
    ...state.options.map((value) => [value, value]),
  ];
  const several = state.chosen.length > 1;
  if (several) choices.unshift(["", state.chosen.join(" + ")]);
  const now = several ? "" : state.chosen[0];
  const change = (event) => {
    state.chosen = event.target.value === "" ? state.chosen : [event.target.value];
    onChange();
  };
  return el(
    "label",
    {},
    `${state.label} `,
    el(
      "select",
      { name: state.name, onchange: change },
      choices.map(([value, text]) => el("option", { value, selected: value === now ? "" : null }, text)),
    ),
  );
}

/** The choices as address parameters, so that links to other boards keep them. */
export function toAddress(states, address) {
  for (const state of states.filter(({ fixed }) => !fixed)) {
    address.delete(`var-${state.name}`);
    for (const value of state.chosen) address.append(`var-${state.name}`, value);
  }
}
