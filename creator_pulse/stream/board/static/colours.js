// Grafana's colour names in two palettes: one for a dark ground, one for a light one.

const DARK = {
  green: "#4cc38a",
  yellow: "#e9c46a",
  orange: "#f2994a",
  red: "#f0616d",
  blue: "#5aa2f0",
  purple: "#b08df0",
  text: "#d5dce6",
  gray: "#8d98a7",
};
const LIGHT = {
  green: "#0b7a43",
  yellow: "#8a6100",
  orange: "#a84a00",
  red: "#c1121f",
  blue: "#1f63b8",
  purple: "#6d3fc0",
  text: "#1d2530",
  gray: "#5d6876",
};
const SERIES_DARK = [
  "#5aa2f0",
  "#e9c46a",
  "#4cc38a",
  "#b08df0",
  "#f2994a",
  "#4fd1c5",
  "#f58fb0",
  "#a3be5c",
  "#8ab4f8",
  "#c98f5e",
  "#7d8fd8",
  "#d5dce6",
];
const SERIES_LIGHT = [
  "#1f63b8",
  "#a87400",
  "#0b7a43",
  "#6d3fc0",
  "#b8540a",
  "#0f7d78",
  "#b83268",
  "#5b7a12",
  "#3d6fd0",
  "#7d4a1c",
  "#45539e",
  "#3a4452",
];

/** Whether the reader's system asks for a light ground; the style sheets ask the same. */
const IS_LIGHT = globalThis.matchMedia?.("(prefers-color-scheme: light)").matches ?? false;

const PALETTE = IS_LIGHT ? LIGHT : DARK;
const NAMED = {
  ...PALETTE,
  grey: PALETTE.gray,
  transparent: "rgba(0,0,0,0)",
  white: "#ffffff",
  black: "#000000",
};

/** Series in their order; neighbours differ in hue and in lightness, so that colour-blind people tell them apart. */
export const SERIES = IS_LIGHT ? SERIES_LIGHT : SERIES_DARK;

export const QUIET = IS_LIGHT ? "#5d6876" : "#8d98a7";

/** The colours of a plot's own parts. */
export const PLOT = IS_LIGHT
  ? { text: "#1d2530", quiet: "#5d6876", grid: "#e3e8ee", line: "#c9d1da", raised: "#ffffff", edge: "#c9d1da" }
  : { text: "#d5dce6", quiet: "#8d98a7", grid: "#222a35", line: "#2b3440", raised: "#1b222c", edge: "#36414f" };

/** A Grafana colour (green, dark-red, #aabbcc, rgb(...)) as CSS; anything else as plain text colour. */
export function colour(name) {
  if (!name) return NAMED.text;
  if (/^#[0-9a-f]{3,8}$/i.test(name) || /^rgba?\([\d\s.,%]+\)$/i.test(name)) return name;
  return NAMED[name.replace(/^(super-light|semi-dark|light|dark)-/, "")] ?? NAMED.text;
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
