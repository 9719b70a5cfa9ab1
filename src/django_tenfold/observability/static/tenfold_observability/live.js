// Fetches the figures every few seconds and shows them. Only what is new is asked for.
// chart.js stands before it.
"use strict";

const place = (id) => document.getElementById(id);
const main = place("live");
const STEP = Number(main.dataset.step);
const SPAN = Number(main.dataset.minutes) * 60;
const PAUSED = 3; // Steps without a point after which the latest is no longer "now".

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const count = (value) => (value >= 10000 ? short.format(value) : value >= 10 || Number.isInteger(value) ? whole.format(value) : value.toFixed(1));
const share = (value) => `${(value * 100).toFixed(value > 0 && value < 0.0995 ? 1 : 0)} %`;
const seconds = (value) =>
  value >= 100 ? `${whole.format(value)} s` : value >= 1 ? `${value.toFixed(1)} s` : value >= 0.01 || value === 0 ? `${(value * 1000).toFixed(0)} ms` : value >= 0.0001 ? `${(value * 1000).toFixed(1)} ms` : `${(value * 1e6).toFixed(0)} µs`;
const bytes = (value) => (value >= 2 ** 30 ? `${(value / 2 ** 30).toFixed(1)} GB` : `${(value / 2 ** 20).toFixed(0)} MB`);
const known = (value, format) => (value == null ? "–" : format(value));

let points = [];
let charts = [];
let drawn = "";

const names = (field) => [...new Set(points.flatMap((point) => Object.keys(point[field])))].sort();
const total = (point) => point.good + point.refused + point.failed;
const perAlias = (field) => names(field).map((alias) => ({ label: alias, read: (point) => point[field][alias] }));

function listCharts() {
  const list = [
    { title: "Requests a second", format: count, filled: true, lines: [
      { label: "all", read: total },
      { label: "4xx", read: (point) => point.refused || (total(point) ? 0 : null) },
      { label: "5xx", read: (point) => point.failed || (total(point) ? 0 : null) }] },
    { title: "Latency", format: seconds, lines: [
      { label: "p50", read: (point) => point.p50 }, { label: "p95", read: (point) => point.p95 }, { label: "p99", read: (point) => point.p99 }] },
    { title: "Errors, share of requests", format: share, filled: true, lines: [{ label: "5xx", read: (point) => point.error_share }] },
  ];
  if (names("hit_share").length) list.push({ title: "Cache hits, share of look-ups", format: share, most: 1, lines: perAlias("hit_share") });
  if (names("connections").length)
    list.push({ title: "Database connections", format: count, filled: true, lines: names("connections").slice(0, 2).flatMap((alias) => [
      { label: alias, read: (point) => point.connections[alias] }, { label: `${alias}, active`, read: (point) => point.active[alias] }]) });
  if (names("lag").length) list.push({ title: "Replica lag", format: seconds, lines: perAlias("lag") });
  if (points.some((point) => point.tasks || point.wait != null || point.dead))
    list.push({ title: "Wait in the queue", format: seconds, lines: [{ label: "p95", read: (point) => point.wait }] },
      { title: "Tasks a second", format: count, filled: true, lines: [{ label: "done", read: (point) => point.tasks }] });
  return list;
}

function showCharts() {
  const list = listCharts();
  const wanted = JSON.stringify(list.map((one) => [one.title, one.lines.map((line) => line.label)]));
  if (wanted !== drawn) {
    drawn = wanted;
    charts = list.map((one) => new Chart(one));
    for (const chart of charts) chart.onHover = (time) => charts.forEach((each) => each.mark(time));
    place("charts").replaceChildren(...charts.map((chart) => chart.element));
  }
  const end = Date.now() / 1000;
  for (const chart of charts) chart.show(points, end - SPAN, end, STEP);
}

function tile(label, value, { more = "", tone = "" } = {}) {
  return make("dl", { class: "tile" }, make("dt", {}, label),
    make("dd", { class: `value ${tone}` }, value), make("dd", { class: "quiet" }, more || "\u00a0"));
}

// The latest minute: one step alone jumps too much to be read.
function meanOf(read, span = 60) {
  const from = Date.now() / 1000 - span;
  const values = points.filter((point) => point.time >= from).map(read).filter((one) => one != null);
  return values.length ? values.reduce((sum, one) => sum + one, 0) / values.length : null;
}

function showTiles(now) {
  const latest = points.at(-1);
  const fresh = latest && Date.now() / 1000 - latest.time < STEP * PAUSED ? latest : null;
  const errors = meanOf((point) => point.error_share);
  const hits = Object.fromEntries(names("hit_share").map((alias) => [alias, meanOf((point) => point.hit_share[alias])]));
  const tiles = [
    tile("Requests a second", known(fresh && total(fresh), count), { more: `${known(meanOf(total), count)} in the last minute` }),
    tile("Latency, p95", known(meanOf((point) => point.p95), seconds), { more: `half within ${known(meanOf((point) => point.p50), seconds)}` }),
    tile("Errors", known(errors, share), { more: "5xx, last minute", tone: errors > 0.01 ? "bad" : "" }),
  ];
  const first = Object.keys(hits).find((alias) => hits[alias] != null) ?? "default";
  const broken = Object.values(now.caches).reduce((sum, one) => sum + one.errors, 0);
  tiles.push(tile("Cache hits", known(hits[first], share), { more: broken ? `${count(broken)} errors since the start` : `cache “${first}”` }));
  for (const [alias, states] of Object.entries(now.connections).slice(0, 1)) {
    const open = Object.values(states).reduce((sum, one) => sum + one, 0);
    const most = now.most_connections[alias];
    tiles.push(tile("Database connections", count(open), { more: most ? `of ${count(most)}, “${alias}”` : alias, tone: most && open > 0.8 * most ? "bad" : "" }));
  }
  for (const [alias, lag] of Object.entries(now.lag).slice(0, 1))
    tiles.push(tile("Replica lag", seconds(lag), { more: `“${alias}”`, tone: lag > 30 ? "bad" : "" }));
  if (Object.keys(now.tasks).length || now.dead)
    tiles.push(tile("Dead tasks", count(now.dead), { more: "given up after their retries", tone: now.dead ? "bad" : "" }));
  tiles.push(tile("Processes", count(now.processes), { more: `${bytes(now.memory)} of memory` }));
  place("tiles").replaceChildren(...tiles);
}

function table(columns, rows) {
  const head = make("tr", {}, ...columns.map((column) => make("th", { scope: "col", class: column.kind ?? "" }, column.title)));
  const body = rows.map((row) => make("tr", {}, ...columns.map((column, number) => {
    const shown = column.show(row);
    const kind = [column.kind ?? "", column.tone?.(row) ?? ""].join(" ").trim();
    return make(number ? "td" : "th", { class: kind, ...(number ? {} : { scope: "row" }) }, ...(Array.isArray(shown) ? shown : [shown]));
  })));
  return make("table", {}, make("thead", {}, head), make("tbody", {}, ...body));
}

function bar(value) {
  return [share(value), draw("svg", { viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" },
    draw("rect", { class: "track", width: 100, height: 6, rx: 3 }), draw("rect", { class: "fill", width: Math.max(1, value * 100), height: 6, rx: 3 }))];
}

function showViews(figures) {
  const since = figures.views_since ? `Since ${new Date(figures.views_since * 1000).toLocaleTimeString()}.` : "Since the processes were started.";
  place("views-note").textContent = figures.views.length ? since : "No request was answered yet.";
  if (!figures.views.length) return place("views").replaceChildren();
  place("views").replaceChildren(table([
    { title: "View", show: (row) => row.view },
    { title: "Share of time", kind: "number bar", show: (row) => bar(row.share) },
    { title: "Requests", kind: "number", show: (row) => count(row.count) },
    { title: "Mean", kind: "number", show: (row) => seconds(row.mean) },
    { title: "p95", kind: "number", show: (row) => known(row.p95, seconds) },
    { title: "Queries", kind: "number", show: (row) => row.queries.toFixed(1), tone: (row) => (row.queries > 30 ? "warn" : "") },
    { title: "In SQL", kind: "number", show: (row) => seconds(row.sql) },
    { title: "Errors", kind: "number", show: (row) => count(row.errors), tone: (row) => (row.errors ? "bad" : "") },
  ], figures.views));
}

function showQueries(figures) {
  place("queries-note").textContent = figures.queries_note || "Of the default database, since its statistics were reset (pg_stat_statements).";
  if (!figures.queries.length) return place("queries").replaceChildren();
  place("queries").replaceChildren(table([
    { title: "Statement", kind: "statement", show: (row) => [make("code", {}, row.query)] },
    { title: "Share of time", kind: "number bar", show: (row) => bar(row.share ?? 0) },
    { title: "Calls", kind: "number", show: (row) => count(row.calls) },
    { title: "Mean", kind: "number", show: (row) => seconds(row.mean_ms / 1000) },
    { title: "Total", kind: "number", show: (row) => seconds(row.total_ms / 1000) },
    { title: "Rows a call", kind: "number", show: (row) => count(row.rows / Math.max(1, row.calls)) },
  ], figures.queries));
}

function showHealth(figures) {
  place("health").replaceChildren(table([
    { title: "Part", show: (row) => row.name },
    { title: "State", show: (row) => row.state, tone: (row) => (row.state === "ok" ? "good" : row.needed ? "bad" : "warn") },
    { title: "Without it", show: (row) => (row.needed ? "not ready" : "still ready") },
    { title: "Lag", kind: "number", show: (row) => known(row.lag_seconds, seconds) },
  ], figures.health));
  const wrong = figures.health.filter((part) => part.state !== "ok");
  const worst = wrong.find((part) => part.needed);
  const words = wrong.map((part) => `${part.name}: ${part.state}`).join(", ");
  say(worst ? `Not ready: ${words}` : wrong.length ? `Ready, but ${words}` : "Ready", worst ? "bad" : wrong.length ? "warn" : "good");
}

function say(words, tone) {
  const state = place("state");
  if (state.textContent !== words) state.textContent = words; // A reader is told only of what changed.
  state.className = `state ${tone}`;
}

function showNotes(notes) {
  place("notes").replaceChildren(...notes.map((note) => make("p", { class: "note" }, note)));
}

async function refresh() {
  const since = points.at(-1)?.time ?? 0;
  const response = await fetch(`${main.dataset.figures}?since=${since}`, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(15000) });
  if (response.status === 403 || !(response.headers.get("Content-Type") ?? "").includes("json"))
    throw new Error(response.ok || response.status === 403 ? "Log in again: the session has ended" : `The server answered ${response.status}`);
  const figures = await response.json();
  showNotes(figures.notes);
  if (!figures.now) return say("No metrics", "warn");
  const oldest = Date.now() / 1000 - SPAN;
  points = [...points, ...figures.points].filter((point) => point.time >= oldest);
  showTiles(figures.now);
  showCharts();
  showViews(figures);
  showQueries(figures);
  showHealth(figures);
}

async function run() {
  for (;;) {
    if (!document.hidden) {
      try {
        await refresh();
      } catch (problem) {
        say(problem.name === "TimeoutError" ? "No answer; trying again" : problem.message, "bad");
      }
    }
    await new Promise((done) => setTimeout(done, STEP * 1000));
  }
}

run();
