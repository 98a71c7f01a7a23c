// All colours of plots and states, for a dark and for a light ground: JSON behind the equals sign.
// A test simulates red-green blindness: states keep their distance from each other, and so do series.

export const PALETTES = {
  "dark": {
    "named": {
      "green": "#4ee0a8", "yellow": "#fcf08a", "orange": "#f58303", "red": "#ea5953",
      "blue": "#5babf1", "purple": "#b08df0", "text": "#d5dce6", "gray": "#8d98a7"
    },
    "series": ["#5babf1", "#fceb36", "#69ed79", "#7e52ed", "#cb5a08", "#5faeb3", "#d8085f", "#ebf9e1"],
    "plot": { "quiet": "#8d98a7", "grid": "#222a35", "ground": "#12171f" }
  },
  "light": {
    "named": {
      "green": "#02855a", "yellow": "#946f01", "orange": "#8b3801", "red": "#af2837",
      "blue": "#1f63b8", "purple": "#6d3fc0", "text": "#1d2530", "gray": "#5d6876"
    },
    "series": ["#0d67fe", "#b58e05", "#609f6b", "#3d0277", "#8b3d0c", "#085960", "#f455b9", "#201804"],
    "plot": { "quiet": "#5d6876", "grid": "#e3e8ee", "ground": "#ffffff" }
  }
};
