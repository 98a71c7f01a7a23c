// Asking the board's server, and through it Prometheus: one function a kind of question.

const SCRAPE_SECONDS = 5;
const NICE_STEPS = [
  1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10800, 21600, 43200, 86400,
];
const UNIT_SECONDS = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86400, w: 604800 };
const MAX_POINTS = 300;

const AWAY = 502;
const MOST_AT_ONCE = 100;

/** A question that got no answer, with a text for the panel; `away`: Prometheus or the server does not answer. */
export class QueryError extends Error {
  constructor(message, away = false) {
    super(message);
    this.away = away;
  }
}

/** JSON from this server. Raises QueryError with the server's own words. */
export async function ask(path, parameters = {}) {
  let answer;
  let body;
  const query = new URLSearchParams(parameters).toString();
  try {
    answer = await fetch(query ? `${path}?${query}` : path, { cache: "no-store" });
    body = await answer.json();
  } catch (error) {
    throw new QueryError(
      answer
        ? `${answer.status} ${answer.statusText}`
        : `the board's server does not answer (${error.message})`,
      true,
    );
  }
  if (!answer.ok || body?.status === "error")
    throw new QueryError(body?.error ?? `${answer.status} ${answer.statusText}`, answer.status === AWAY);
  return body;
}

let waiting = []; // Queries of this moment, {parameters, resolve, reject}: they are asked together.

/** The answer to one query. Raises QueryError with the server's own words. */
function batched(parameters) {
  if (!waiting.length) setTimeout(flush);
  const texts = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, String(value)]));
  return new Promise((resolve, reject) => waiting.push({ parameters: texts, resolve, reject }));
}

function flush() {
  for (let first = 0; first < waiting.length; first += MOST_AT_ONCE)
    askTogether(waiting.slice(first, first + MOST_AT_ONCE));
  waiting = [];
}

/** Ask some queries in one request; each is answered by a line, whichever is there first. */
async function askTogether(queries) {
  const left = new Map(queries.entries());
  try {
    const answer = await fetch("/api/queries", {
      method: "POST",
      cache: "no-store",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(queries.map(({ parameters }) => parameters)),
    });
    if (!answer.ok) throw new QueryError(await words(answer), answer.status === AWAY);
    for await (const { place, status, body } of linesOf(answer.body)) {
      const { resolve, reject } = left.get(place);
      left.delete(place);
      if (status < 400 && body?.status !== "error") resolve(body);
      else reject(new QueryError(body?.error ?? String(status), status === AWAY));
    }
    if (left.size) throw new TypeError("it broke off");
  } catch (error) {
    const away = new QueryError(`the board's server does not answer (${error.message})`, true);
    for (const { reject } of left.values()) reject(error instanceof QueryError ? error : away);
  }
}

/** What a refusal says. */
async function words(answer) {
  const text = await answer.text();
  try {
    return JSON.parse(text).error;
  } catch {
    return `${answer.status} ${answer.statusText}`;
  }
}

/** The lines of a body as JSON, as they come. */
async function* linesOf(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (text + value).split("\n");
    text = lines.pop();
    for (const line of lines) yield JSON.parse(line);
  }
}

/** A span of time that ends at a chosen moment or now: {start, end, seconds}, epoch seconds. */
export function rangeOf({ seconds, end: chosen }) {
  const end = chosen ?? Math.floor(Date.now() / 1000);
  return { start: end - seconds, end, seconds };
}

/** Seconds of a Grafana duration ("30s", "5m"); 0 for none. */
export function duration(text) {
  const parts = /^>?(\d+(?:\.\d+)?)(ms|[smhdw])$/.exec(text ?? "");
  return parts ? Number(parts[1]) * UNIT_SECONDS[parts[2]] : 0;
}

/** Seconds between two points: as many as the panel shows, rounded up to a step people use. */
export function stepOf(range, panel, target) {
  const least = Math.max(SCRAPE_SECONDS, duration(panel.interval), duration(target.interval));
  const wanted = range.seconds / Math.min(panel.maxDataPoints || MAX_POINTS, MAX_POINTS);
  return Math.max(least, NICE_STEPS.find((step) => step >= wanted) ?? 86400);
}

/** Grafana's macros for a step: $__rate_interval spans at least four scrapes. */
export function macros(range, step) {
  return {
    __interval: `${step}s`,
    __interval_ms: String(step * 1000),
    __rate_interval: `${Math.max(step + SCRAPE_SECONDS, 4 * SCRAPE_SECONDS)}s`,
    __range: `${range.seconds}s`,
    __range_s: String(range.seconds),
    __range_ms: String(range.seconds * 1000),
    __from: String(range.start * 1000),
    __to: String(range.end * 1000),
  };
}

/** Series of a range query: [{labels, points: [[seconds, number], ...]}]. */
export async function queryRange(expression, range, step) {
  const start = Math.ceil(range.start / step) * step; // Aligned, so that points do not wander between refreshes.
  const end = Math.max(start, Math.floor(range.end / step) * step);
  const { data } = await batched({ query: expression, start, end, step });
  return data.result.map(({ metric, values }) => ({ labels: metric, points: values.map(toPoint) }));
}

/** Series of an instant query, with one point each. */
export async function queryInstant(expression, range) {
  const { data } = await batched({ query: expression, time: range.end });
  if (data.resultType === "scalar") return [{ labels: {}, points: [toPoint(data.result)] }];
  return data.result.map(({ metric, value }) => ({ labels: metric, points: [toPoint(value)] }));
}

/** Values of a label over the series that a selector matches; of all series where it is empty. */
export async function labelValues(label, selector) {
  const { data } = await ask(`/api/label/${label}/values`, selector ? { "match[]": selector } : {});
  return data;
}

function toPoint([seconds, text]) {
  const special = { "+Inf": Infinity, "-Inf": -Infinity, Inf: Infinity };
  return [Number(seconds), text in special ? special[text] : Number(text)];
}
