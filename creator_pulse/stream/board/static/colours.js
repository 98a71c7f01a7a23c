// Grafana's colour names in the palette of the theme that is shown.

import { PALETTES } from "./palettes.js";

const palette = () => PALETTES[document.documentElement.dataset.theme === "light" ? "light" : "dark"];

/** The colour of a series by its place; after the last one they begin anew. */
export function seriesAt(index) {
  const { series } = palette();
  return series[index % series.length];
}

/** How often the palette has begun anew before a place. */
export function roundOf(index) {
  return Math.floor(index / palette().series.length);
}

/** The colour of what is neither good nor bad. */
export function quiet() {
  return palette().named.gray;
}

/** The colours of a plot's own parts. */
export function plotColours() {
  return palette().plot;
}

/** A Grafana colour (green, dark-red, #aabbcc, rgb(...)) as CSS; anything else as plain text colour. */
export function colour(name) {
  const { named } = palette();
  if (!name) return named.text;
  if (/^#[0-9a-f]{3,8}$/i.test(name) || /^rgba?\([\d\s.,%]+\)$/i.test(name)) return name;
  if (name === "transparent") return "rgba(0,0,0,0)";
  return named[name.replace(/^(super-light|semi-dark|light|dark)-/, "").replace("grey", "gray")] ?? named.text;
}

/** The same colour, let through to the ground by the share alpha. */
export function faint(css, alpha) {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(css);
  return hex
    ? `rgba(${hex
        .slice(1)
        .map((pair) => parseInt(pair, 16))
        .join(",")},${alpha})`
    : css;
}
