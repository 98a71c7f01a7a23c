// Gives a file to the reader.

import { el } from "./dom.js";

/** Save a Blob, or a text of a media type, under a name made from a title. */
export function save(content, title, ending, type = "") {
  const address = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  el("a", { href: address, download: `${named(title)}.${ending}` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

function named(title) {
  return (
    title
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, "-")
      .replaceAll(/^-|-$/g, "") || "panel"
  );
}
