// Elements made from data. Text goes in as text nodes only, so nothing that comes from Prometheus
// or from a dashboard can become markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element: el("div", {class: "x", onclick: f}, child, "text"). null and false children are left out. */
export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "style")
      Object.assign(node.style, value);
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** The address, where a click on it stays harmless: this server's own or http(s); otherwise null. */
export function safeHref(address) {
  return /^(https?:\/\/|\/(?!\/)|#)/.test(address) ? address : null;
}
