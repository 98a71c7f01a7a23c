// A text panel's Markdown: headings, lists, paragraphs; code, bold and links within a line.

import { el, safeHref } from "../dom.js";

const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\(([^)\s]+)\)/g;

/** Draw the panel's own text into `body`. */
export function draw(body, panel) {
  const blocks = (panel.options?.content ?? "").split(/\n\s*\n/).flatMap(block);
  body.replaceChildren(el("div", { class: "prose" }, blocks));
}

function block(text) {
  const lines = text.trim().split("\n");
  const heading = /^(#{1,4})\s+(.+)$/.exec(lines[0]);
  if (heading) {
    const rest = lines.slice(1).join("\n");
    return [el(`h${heading[1].length + 1}`, {}, inline(heading[2])), ...(rest ? block(rest) : [])];
  }
  if (lines.every((line) => /^\s*[-*]\s+/.test(line))) {
    return [
      el(
        "ul",
        {},
        lines.map((line) => el("li", {}, inline(line.replace(/^\s*[-*]\s+/, "")))),
      ),
    ];
  }
  return [el("p", {}, inline(lines.join(" ")))];
}

function inline(text) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    const [all, code, bold, label, link] = match;
    parts.push(text.slice(end, match.index));
    if (code) parts.push(el("code", {}, code));
    else if (bold) parts.push(el("strong", {}, bold));
    else parts.push(safeHref(link) ? el("a", { href: link }, label) : label);
    end = match.index + all.length;
  }
  return [...parts, text.slice(end)];
}
