// Curves over the epochs, as SVG: each can be read with the pointer or the arrow keys.

import { percent } from "./figures.js";
import { made } from "./made.js";
import { number, word } from "../words.js";

const WIDTH = 440;
const HEIGHT = 270;
const [LEFT, RIGHT, TOP, BOTTOM] = [52, 14, 12, 34];
const MANY = 40; // points; of more only the line is drawn

/**
 * A figure with curves.
 *
 * @param what "accuracy" or "loss"
 * @param curves [{run, name, kind, points: [[epoch, value], ...], epochs}]; `run` may be empty, `kind` is the curve's class in the style sheet,
 *     `epochs` how many there will be.
 */
export function chart(what, curves) {
  const figure = made("figure", "chart");
  const shown = curves.filter(({ points }) => points.length);
  figure.append(made("figcaption", "", word(`view.chart.${what}`)));
  if (!shown.length) {
    figure.append(made("p", "empty", word("view.chart.none")));
    return figure;
  }
  const values = shown.flatMap(({ points }) => points.map(([, value]) => value));
  const last = Math.max(2, ...shown.map(({ points, epochs }) => Math.max(epochs ?? 0, points.at(-1)[0])));
  const up = ticks(Math.min(...values), Math.max(...values), what === "accuracy" ? 1 : Infinity);
  const said = what === "accuracy" ? percentOf(up) : decimalsOf(up);
  const x = scale(1, last, LEFT, WIDTH - RIGHT);
  const y = scale(up[0], up.at(-1), HEIGHT - BOTTOM, TOP);
  const picture = drawn("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", tabindex: 0 });
  picture.setAttribute("aria-label", aloud(what, shown));
  for (const tick of up) {
    picture.append(drawn("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y(tick), y2: y(tick), class: "grid" }));
    picture.append(text(said(tick), { x: LEFT - 7, y: y(tick) + 4, "text-anchor": "end" }));
  }
  for (const tick of across(last)) {
    picture.append(text(number(tick), { x: x(tick), y: HEIGHT - BOTTOM + 16, "text-anchor": "middle" }));
  }
  picture.append(text(word("view.chart.epoch"), { x: (LEFT + WIDTH - RIGHT) / 2, y: HEIGHT - 3, "text-anchor": "middle" }));
  for (const { kind, points } of shown) {
    const places = points.map(([epoch, value]) => [x(epoch), y(value)]);
    picture.append(drawn("polyline", { points: places.map((place) => place.map(round).join()).join(" "), class: kind }));
    const dots = places.length <= MANY ? places : places.slice(-1);
    for (const [cx, cy] of dots) picture.append(drawn("circle", { cx: round(cx), cy: round(cy), r: 3, class: kind }));
  }
  const mark = drawn("line", { y1: TOP, y2: HEIGHT - BOTTOM, class: "mark", visibility: "hidden" });
  picture.append(mark);
  const legend = made("ul", "legend");
  figure.append(picture, legend);
  readable(picture, { legend, mark, shown, x, what, last });
  return figure;
}

/** Let the reader go along the epochs: the legend says the values there. */
function readable(picture, { legend, mark, shown, x, what, last }) {
  const epochs = [...new Set(shown.flatMap(({ points }) => points.map(([epoch]) => epoch)))].sort((a, b) => a - b);
  let at = null;
  const show = (epoch) => {
    at = epoch;
    mark.setAttribute("visibility", epoch === null ? "hidden" : "visible");
    if (epoch !== null) for (const side of ["x1", "x2"]) mark.setAttribute(side, round(x(epoch)));
    legend.replaceChildren(...shown.map((curve) => entry(curve, epoch, what)));
    if (epoch !== null) legend.append(made("li", "at", `${word("view.chart.epoch")} ${number(epoch)}`));
  };
  const nearest = (wanted) => epochs.reduce((one, other) => (Math.abs(other - wanted) < Math.abs(one - wanted) ? other : one));
  picture.addEventListener("pointermove", (event) => {
    const { left, width } = picture.getBoundingClientRect();
    const place = ((event.clientX - left) / width) * WIDTH;
    show(nearest(1 + ((place - LEFT) / (WIDTH - RIGHT - LEFT)) * (last - 1)));
  });
  for (const away of ["pointerleave", "blur"]) picture.addEventListener(away, () => show(null));
  picture.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const place = at === null ? (step > 0 ? 0 : epochs.length - 1) : epochs.indexOf(at) + step;
    show(epochs[Math.max(0, Math.min(epochs.length - 1, place))]);
    picture.setAttribute("aria-label", `${word("view.chart.epoch")} ${number(at)}: ${legend.innerText}`);
  });
  show(null);
}

function entry({ run, name, kind, points }, epoch, what) {
  const value = epoch === null ? points.at(-1)[1] : points.find(([one]) => one === epoch)?.[1];
  const item = made("li");
  const line = drawn("svg", { viewBox: "0 0 26 8", "aria-hidden": "true" });
  line.append(drawn("line", { x1: 1, x2: 25, y1: 4, y2: 4, class: kind }));
  item.append(line);
  if (run) item.append(made("bdi", "", run));
  item.append(made("span", "", name), made("b", "", value === undefined ? "–" : exact(what, value)));
  return item;
}

const exact = (what, value) =>
  what === "accuracy" ? percent(value) : number(value, { minimumFractionDigits: 4, maximumFractionDigits: 4 });

function aloud(what, shown) {
  const ends = shown.map(({ run, name, points }) => `${run} ${name} ${exact(what, points.at(-1)[1])}`).join("; ");
  const epochs = Math.max(...shown.map(({ points }) => points.at(-1)[0]));
  return word("view.chart.said", { what: word(`view.chart.${what}`), epochs, ends });
}

function drawn(tag, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function text(words, attributes) {
  const element = drawn("text", attributes);
  element.textContent = words;
  return element;
}

const scale = (low, high, start, end) => (value) => start + ((value - low) / (high - low)) * (end - start);
const round = (value) => value.toFixed(1);

/** Four to eight round numbers around values from 0 to `most`. */
function ticks(least, most, limit) {
  let [low, high] = [least, most];
  if (high - low < 1e-4) {
    low = Math.max(0, high - 0.05);
    high = Math.min(limit, low + 0.1);
  }
  const rough = (high - low) / 4;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(...[1, 2, 5].map((factor) => unit * factor).filter((one) => one <= rough * (1 + 1e-9)));
  const found = [];
  for (let one = Math.floor(low / step + 1e-9); one <= Math.ceil(high / step - 1e-9); one += 1) found.push(one * step);
  return found;
}

/** The epochs that are named below: round ones, few enough to have room. */
function across(last) {
  const rough = Math.max(1, (last - 1) / 9);
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = Math.ceil([1, 2, 5, 10].map((factor) => unit * factor).find((one) => one >= rough));
  const found = [1];
  for (let one = step === 1 ? 2 : step; one <= last; one += step) if (one - 1 >= step * 0.6) found.push(one);
  return found;
}

function percentOf(all) {
  const digits = Math.max(0, Math.ceil(-Math.log10(all[1] - all[0]) - 1e-9) - 2);
  return (value) => number(value, { style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function decimalsOf(all) {
  const digits = Math.max(0, Math.ceil(-Math.log10(all[1] - all[0]) - 1e-9));
  return (value) => number(value, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
