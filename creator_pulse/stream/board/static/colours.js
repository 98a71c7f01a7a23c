// Grafana's colour names in a palette made for the board's dark ground.

const NAMED = {
  green: "#4cc38a",
  yellow: "#e9c46a",
  orange: "#f2994a",
  red: "#f0616d",
  blue: "#5aa2f0",
  purple: "#b08df0",
  text: "#d5dce6",
  transparent: "rgba(0,0,0,0)",
  white: "#ffffff",
  black: "#000000",
  gray: "#7d8896",
  grey: "#7d8896",
};

/** Series in their order; neighbours differ in hue and in lightness. */
export const SERIES = [
  "#5aa2f0",
  "#4cc38a",
  "#e9c46a",
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

export const QUIET = "#8591a1";

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
