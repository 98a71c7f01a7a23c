// A panel as a PNG: its elements with their computed looks in an SVG, drawn onto a canvas.

const XHTML = "http://www.w3.org/1999/xhtml";

/** A PNG of an element as it is shown, in twice its size. */
export async function pictureOf(node) {
  const { width, height } = node.getBoundingClientRect();
  const copy = await copied(node);
  copy.setAttribute("xmlns", XHTML);
  Object.assign(copy.style, { margin: "0", width: `${width}px`, height: `${height}px` });
  const markup = new XMLSerializer().serializeToString(copy);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width * 2}" height="${height * 2}" viewBox="0 0 ${width} ${height}">` +
      `<foreignObject width="100%" height="100%">${markup}</foreignObject></svg>`,
  )}`;
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: width * 2, height: height * 2 });
  canvas.getContext("2d").drawImage(image, 0, 0);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

/** A copy that looks the same outside of the page; a canvas becomes an image of it, the menu is left out. */
async function copied(node) {
  if (node.nodeType === Node.TEXT_NODE) return node.cloneNode();
  if (node instanceof HTMLCanvasElement) {
    const image = Object.assign(document.createElement("img"), { src: node.toDataURL() });
    Object.assign(image.style, { display: "block", width: "100%", height: "100%" });
    return image;
  }
  const copy = node.cloneNode(false);
  const look = getComputedStyle(node);
  if (copy.style) for (const name of look) copy.style.setProperty(name, look.getPropertyValue(name));
  const children = [...node.childNodes].filter((child) => !child.classList?.contains("panel-menu"));
  copy.append(...(await Promise.all(children.map(copied))));
  return copy;
}
