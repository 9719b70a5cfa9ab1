// One small line chart: inline SVG with a table of the same figures behind it. No style attribute and no inline
// handler, so that it works under a strict Content-Security-Policy. No module either: storages that keep only
// hashed file names would not find what it imports.
"use strict";

const SVG = "http://www.w3.org/2000/svg";
const LEFT = 50, RIGHT = 6, TOP = 8, BOTTOM = 18, HEIGHT = 144;

function make(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

function draw(name, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

function fill(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

// A bound above `value` that reads well, as its half does.
function roundUp(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 4, 6, 10].find((one) => one * power >= value * 0.999) * power;
}

const clock = (time) => new Date(time * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });

// `lines` are {label, read(point)}; `format` writes a value; `most` is the axis's end where it is fixed.
class Chart {
  constructor({ title, lines, format, most = 0, filled = false }) {
    Object.assign(this, { title, lines, format, most, filled, points: [], hover: null });
    this.legend = make("ul", { class: "legend" });
    this.svg = draw("svg", { role: "img" });
    this.body = make("tbody");
    this.head = make("tr");
    this.details = make("details", {}, make("summary", {}, "Figures"),
      make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `${title}, figures` },
        make("table", {}, make("thead", {}, this.head), this.body)));
    this.element = make("figure", { class: "chart" },
      make("figcaption", {}, make("h2", {}, title), this.legend), this.svg, this.details);
    this.details.addEventListener("toggle", () => this.tabulate());
    this.svg.addEventListener("pointermove", (event) => this.point(event));
    this.svg.addEventListener("pointerleave", () => this.onHover(null));
    new ResizeObserver(() => this.paint()).observe(this.svg);
    this.onHover = () => {};
  }

  // All charts share their time axis: from `start` to `end`, Unix seconds.
  show(points, start, end, step) {
    Object.assign(this, { points, start, end, step });
    this.paint();
    if (this.details.open) this.tabulate();
  }

  mark(time) {
    this.hover = time;
    this.paint();
  }

  point(event) {
    const box = this.svg.getBoundingClientRect();
    const share = (event.clientX - box.left - LEFT) / Math.max(1, box.width - LEFT - RIGHT);
    this.onHover(share < 0 || share > 1 ? null : this.start + share * (this.end - this.start));
  }

  nearest(time) {
    let best = null;
    for (const point of this.points)
      if (best === null || Math.abs(point.time - time) < Math.abs(best.time - time)) best = point;
    return best;
  }

  paint() {
    const width = this.svg.clientWidth;
    if (!width || this.start === undefined) return;
    const values = this.points.flatMap((point) => this.lines.map((line) => line.read(point))).filter((one) => one != null);
    const top = this.most || roundUp(Math.max(0, ...values) * 1.05);
    const x = (time) => LEFT + ((time - this.start) / (this.end - this.start)) * (width - LEFT - RIGHT);
    const y = (value) => HEIGHT - BOTTOM - (Math.min(value, top) / top) * (HEIGHT - TOP - BOTTOM);
    this.svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    const parts = [];
    for (const share of [0, 0.5, 1]) {
      parts.push(draw("line", { class: "grid", x1: LEFT, x2: width - RIGHT, y1: y(share * top), y2: y(share * top) }),
        draw("text", { x: LEFT - 6, y: y(share * top) + 4, "text-anchor": "end" }, this.format(share * top)));
    }
    const minutes = Math.round((this.end - this.start) / 60);
    for (const [share, anchor, words] of [[0, "start", `−${minutes} min`], [0.5, "middle", `−${minutes / 2}`], [1, "end", "now"]])
      parts.push(draw("text", { x: LEFT + share * (width - LEFT - RIGHT), y: HEIGHT - 3, "text-anchor": anchor }, words));
    this.lines.forEach((line, number) => parts.push(...this.trace(line, number, x, y)));
    const marked = this.hover === null ? null : this.nearest(this.hover);
    if (marked) {
      parts.push(draw("line", { class: "cross", x1: x(marked.time), x2: x(marked.time), y1: TOP, y2: HEIGHT - BOTTOM }));
      this.lines.forEach((line, number) => line.read(marked) != null && parts.push(
        draw("circle", { class: `line-${number % 4}`, cx: x(marked.time), cy: y(line.read(marked)), r: 3 })));
    }
    this.svg.replaceChildren(...parts);
    this.tell(marked);
  }

  // A gap where nothing was told, or no snapshot was taken for a while.
  trace(line, number, x, y) {
    const runs = [];
    let last = null;
    for (const point of this.points) {
      const value = line.read(point);
      if (value == null) { last = null; continue; }
      if (last === null || point.time - last > this.step * 4) runs.push([]);
      runs.at(-1).push([x(point.time).toFixed(1), y(value).toFixed(1)]);
      last = point.time;
    }
    return runs.flatMap((run) => {
      if (run.length === 1) return [draw("circle", { class: `line-${number % 4}`, cx: run[0][0], cy: run[0][1], r: 1.5 })];
      const path = "M" + run.map((pair) => pair.join(" ")).join("L");
      const area = `${path}L${run.at(-1)[0]} ${y(0)}L${run[0][0]} ${y(0)}Z`;
      const made = [draw("path", { class: `line line-${number % 4}`, d: path })];
      if (this.filled && number === 0) made.unshift(draw("path", { class: `area line-${number % 4}`, d: area }));
      return made;
    });
  }

  // The legend shows what the pointer is at, else the latest; the label says the same to who does not see it.
  tell(marked) {
    const point = marked ?? this.points.at(-1);
    const say = (line) => (point && line.read(point) != null ? this.format(line.read(point)) : "–");
    this.legend.replaceChildren(...this.lines.map((line, number) =>
      make("li", { class: `line-${number % 4}` }, `${line.label} `, make("b", {}, say(line)))));
    const now = this.lines.map((line) => `${line.label} ${say(line)}`).join(", ");
    this.svg.setAttribute("aria-label", `${this.title}. ${marked ? clock(marked.time) : "Latest"}: ${now}. The figures are in the table below.`);
  }

  tabulate() {
    const words = ["Time", ...this.lines.map((line) => line.label)];
    this.head.replaceChildren(...words.map((word, number) => make("th", { scope: "col", ...(number && { class: "number" }) }, word)));
    this.body.replaceChildren(...this.points.slice().reverse().map((point) => make("tr", {},
      make("th", { scope: "row" }, clock(point.time)),
      ...this.lines.map((line) => make("td", { class: "number" }, line.read(point) == null ? "–" : this.format(line.read(point)))))));
  }
}
