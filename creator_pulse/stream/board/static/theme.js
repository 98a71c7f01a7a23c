// The theme before anything is painted: of the address, else as last chosen here, else the system's.

(() => {
  const THEMES = ["light", "dark"];
  const ofAddress = new URLSearchParams(location.search).get("theme");
  const system = matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark";
  const chosen = [ofAddress, localStorage.getItem("pulse-theme"), system].find((theme) => THEMES.includes(theme));
  document.documentElement.dataset.theme = chosen;
})();
