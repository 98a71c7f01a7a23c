() => {
  const faults = [];
  // One line a fault: what, in which panel, which text.
  const say = (what, node) => {
    const panel = node.closest('.panel');
    faults.push(`${what}: ${panel?.querySelector('h2')?.textContent ?? ''}: ${node.textContent.slice(0, 60)}`);
  };
  const shown = (node) => node.getClientRects().length > 0 && node.textContent.trim();
  const all = (selector) => [...document.querySelectorAll(selector)].filter(shown);
  // Text that does not fit its own box, across or down.
  for (const node of all('.panel h2, .stat-value, .stat-name, .note, .bar-value, .table th, .table td')) {
    if (node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).overflowX !== 'visible')
      say('cut off', node);
    if (node.scrollHeight > node.clientHeight + 2 && node.matches('h2, .note')) say('cut off', node);
  }
  // The time at the right edge of a plot is drawn around it: half of it must fit beside.
  const ink = document.createElement('canvas').getContext('2d');
  ink.font = '11px system-ui, sans-serif';
  for (const chart of document.querySelectorAll('.chart:has(.u-over)')) {
    const beside = chart.getBoundingClientRect().right - chart.querySelector('.u-over').getBoundingClientRect().right;
    if (beside < ink.measureText('00:00').width / 2) faults.push('no room for the last time');
  }
  // A legend in which a line has the name of a label's value: a topic is called so by all, a tool is not.
  for (const { title } of document.querySelectorAll('.legend-item'))
    if (/(_| (gift|ad|reward|deal|commerce)( low| high)?$)/.test(title) && title !== 'ad_interaction') faults.push(`raw name: ${title}`);
  // A legend that hides lines, or tracks without the last ones and their times.
  for (const node of all('.legend, .tracks'))
    if (node.scrollHeight > node.clientHeight + 2) say('hides lines', node);
  // Tables and words in panels that are far higher than they are: an empty box on the board.
  const spare = (panel) => {
    const inner = panel.querySelector('.table > table, .note');
    return inner ? panel.querySelector('.body').clientHeight - inner.offsetHeight : 0;
  };
  const lines = Map.groupBy(all('.panel'), (panel) => panel.getBoundingClientRect().top);
  for (const panels of lines.values()) if (Math.min(...panels.map(spare)) > 96) panels.forEach((panel) => say('empty box', panel));
  // A table that is wider than its panel hides its last columns.
  for (const node of all('.table'))
    if (node.scrollWidth > node.clientWidth + 1) say('wider than its panel', node);
  // A heading that is the name of a label, and a track of nobody.
  for (const node of all('.table th')) if (/^[a-z]|_/.test(node.textContent)) say('raw heading', node);
  for (const node of document.querySelectorAll('.track-row:has(.track) .track-name')) if (!node.textContent.trim()) say('no name', node);
  // Text that passes the edge of its panel, where nothing scrolls.
  for (const node of all('.stat-value, .note, .panel h2')) {
    const inner = node.getBoundingClientRect();
    const outer = node.closest('.panel').getBoundingClientRect();
    if (inner.right > outer.right + 1 || inner.bottom > outer.bottom + 1) say('over the edge', node);
  }
  const overlaps = (a, b) => {
    const [one, two] = [a.getBoundingClientRect(), b.getBoundingClientRect()];
    return one.left < two.right - 1 && two.left < one.right - 1 && one.top < two.bottom - 1 && two.top < one.bottom - 1;
  };
  const apart = (nodes) => nodes.forEach((node, place) =>
    nodes.slice(place + 1).forEach((other) => overlaps(node, other) && say('overlaps', other)));
  for (const panel of document.querySelectorAll('.panel')) {
    if (!panel.getClientRects().length) continue;
    for (const kind of ['.xtick text', '.ytick text', '.stat-value', '.stat-name', '.bar', '.mark', '.track-name'])
      apart([...panel.querySelectorAll(kind)]);
    for (const text of panel.querySelectorAll('.stat-value, .stat-name, .note')) {
      const head = panel.querySelector('.head');
      if (head && overlaps(head, text)) say('under its title', text);
    }
    if (!panel.querySelector('.body').textContent.trim() && !panel.querySelector('.chart')) say('empty', panel);
  }
  // Panels that lie over each other.
  apart([...document.querySelectorAll('.row:not(.closed) .panel')]);
  return faults;
}
