// Which values can still change: those of windows that are not final.

import { duration } from "./query.js";

/** Seconds of the shortest provisional window that a panel reads; 0 where it reads none. */
export function provisionalSeconds(panel) {
  const windows = (panel.targets ?? []).flatMap(({ expr, hide }) =>
    hide ? [] : [...(expr ?? "").matchAll(/\{([^{}]*state="provisional"[^{}]*)\}/g)].map(([, matchers]) => matchers),
  );
  const sizes = windows.map((matchers) => duration(/window="(\w+)"/.exec(matchers)?.[1])).filter((size) => size > 0);
  return sizes.length ? Math.min(...sizes) : 0;
}
