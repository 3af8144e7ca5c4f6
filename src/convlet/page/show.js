// Shows answers and facts on the page.

import { sendable } from "./problem.js";
import { list, number, word } from "./words.js";

const MOST = 5; // classes shown
const SPEAK = 700; // milliseconds without a change before a screen reader reads the answer

const at = (id) => document.getElementById(id);
let rows = MOST;
let speaking = 0;
let tell = () => {}; // say the last problem

/** Format 0 to 1 as a percentage, without false precision. */
export function percent(part) {
  const written = (value, digits) => number(value, { style: "percent", maximumFractionDigits: digits });
  if (part > 0.999 && part < 1) return `>${written(0.999, 1)}`;
  if (part < 0.001 && part > 0) return `<${written(0.001, 1)}`;
  return written(part, part >= 0.1 && part < 0.995 ? 0 : 1);
}

/** Show the model's facts at the top, at the bottom and on the empty sheet. */
export function showModel(facts, where) {
  const { name, classes, input_shape: shape, threshold } = facts;
  const ink = kindOf(facts) === "ink";
  document.body.dataset.kind = ink ? "ink" : "picture";
  document.title = `${name} · convlet`;
  at("model-name").textContent = name;
  at("model-name").hidden = false;
  document.body.dataset.names = classes.every((name) => [...name].length <= 4) ? "short" : "long";
  rows = Math.min(MOST, classes.length);
  const [first, second] = classes;
  at("hint-classes").textContent =
    classes.join(" ").length <= 28
      ? word("board.classes", { classes: classes.join(" ") })
      : word("board.classes.some", { count: classes.length, first, second });
  const size = `${shape[1]} × ${shape[0]}`;
  at("input").parentElement.style.setProperty("--shape", shape[1] / shape[0]);
  at("saw-text").textContent = word(`saw.${ink ? "ink" : (facts.form?.fit ?? "pad")}`, { size });
  const said = [
    ["model", name],
    ["dataset", facts.dataset],
    ["recipe", facts.recipe],
    ["takes", word(shape[2] === 1 ? "facts.takes.gray" : "facts.takes.color", { size })],
    [
      "refuses",
      threshold ? word("facts.refuses.less", { percent: percent(threshold) }) : word("facts.refuses.nothing"),
    ],
    ["version", facts.version],
    ["classes", shortNames(classes) ? classes.join(" ") : list(classes)],
  ];
  at("facts").replaceChildren(
    ...said
      .filter(([, value]) => value)
      .map(([key, value]) => [word(`facts.${key}`, { count: classes.length }), value])
      .map(([key, value]) => element("div", {}, element("dt", {}, key), element("dd", {}, element("bdi", {}, value)))),
  );
  at("where").textContent = where(kindOf(facts));
}

export const kindOf = (facts) => facts.kind ?? facts.form?.kind ?? "ink";

const shortNames = (classes) => classes.every((name) => [...name].length <= 2);

/** Show an empty sheet. */
export function showNothing(kind) {
  say("waiting", "", word(kind === "ink" ? "answer.draw" : "answer.choose"), "");
  showBars(new Array(rows).fill(["", 0])); // where the bars will be
  showInput(null);
  showBoxes([]);
  speak("");
}

/** Show that a first answer is on its way. */
export function showAsked() {
  if (document.body.dataset.answer === "waiting") at("how").textContent = word("answer.reading");
}

/** Show that there will be no answer, as things are. */
export function showNone() {
  at("how").textContent = word("answer.none");
}

/** Show the answer for one image. */
export function showAnswer(answer) {
  const { label, probability, known, empty, input, heat } = answer;
  const likely = ranked(answer);
  if (empty) {
    say("empty", "", word("answer.empty"), word("answer.empty.ink"));
    speak(word("answer.empty"));
  } else if (known) {
    say("known", label, percent(probability), "");
    speak(word("answer.said", { label, percent: percent(probability) }));
  } else {
    const [[nearest, part]] = likely;
    say("unknown", "?", word("answer.unknown"), word("answer.nearest", { label: nearest }));
    speak(word("answer.unknown.said", { label: nearest, percent: percent(part) }));
  }
  showBars(empty ? [] : likely);
  showInput(input, heat, label);
  showBoxes([]);
}

/** Show the characters of a page; boxes are in pixels of a picture of `width` and `height`. */
export function showPage({ text, characters, grid, rows = [] }, width, height) {
  const strange = characters.filter(({ known, symbol }) => !known && !symbol).length;
  const count = word("page.characters", { count: characters.length });
  const unlike = rows.flatMap(({ fits }, row) => (fits === false ? [row + 1] : []));
  const detail = [
    strange && word("page.strange", { count: strange }),
    unlike.length && word("page.unlike", { count: unlike.length, rows: list(unlike.map((row) => number(row))) }),
  ]
    .filter(Boolean)
    .join(" ");
  const cells = (line) => (grid ? line.split("\t").map((cell) => cell || "·").join(" ") : line);
  const shown = text.split("\n").map(cells).join("\n");
  if (characters.length) say("text", shown, count, detail);
  else say("empty", "", word("answer.empty"), word("answer.empty.characters"));
  at("label").toggleAttribute("data-grid", Boolean(grid));
  const lines = text.replaceAll("\t", " ").split("\n");
  const spoken = lines.reduce((before, after) => word("page.lines", { before, after }));
  speak(characters.length ? word("page.said", { text: spoken, detail }) : word("answer.empty"));
  showBars([]);
  showInput(null);
  showBoxes(characters, width, height);
}

/** Show an error; `seconds`: until the retry, or null; `again` retries now. */
export function showProblem(error, seconds, again) {
  const until = performance.now() + 1000 * (seconds ?? 0);
  tell = () => {
    const left = Math.ceil((until - performance.now()) / 1000);
    const retry = left > 0 ? word("problem.retry.in", { seconds: left }) : word("problem.retry");
    const { key, values, detail } = error.key ? error : sendable(error);
    const said = word(`problem.${key}`, values);
    at("problem-text").textContent = seconds === null ? said : `${said} ${retry}`;
    at("problem-detail").textContent = detail;
  };
  tell();
  clearInterval(showProblem.timer);
  if (seconds !== null) showProblem.timer = setInterval(tell, 500);
  if (seconds === null && document.body.dataset.answer === "waiting") showNone();
  at("problem").hidden = false;
  at("again").hidden = !again;
  at("again").onclick = again;
}

/** The same, in the language that the page has now. */
export const sayProblemAgain = () => tell();

export function hideProblem() {
  clearInterval(showProblem.timer);
  at("problem").hidden = true;
}

/** Show how much of the model is loaded. */
export function showLoading({ done, bytes, total }) {
  at("loading").hidden = done;
  if (done) return;
  const bar = at("loading-part");
  if (total) [bar.max, bar.value] = [total, bytes];
  else bar.removeAttribute("value");
  const megabytes = (count) => number(count / 1e6, { style: "unit", unit: "megabyte", maximumFractionDigits: 0 });
  at("loading-text").textContent = total
    ? word("loading.part", { part: megabytes(bytes), total: megabytes(total) })
    : word("loading.some", { part: megabytes(bytes) });
}

function say(state, label, how, detail) {
  document.body.dataset.answer = state;
  const length = Math.max(...label.split("\n").map((line) => [...line].length));
  at("label").textContent = label;
  at("label").dataset.length = length <= 2 ? "sign" : length <= 9 ? "word" : "long";
  at("how").textContent = how;
  at("detail").textContent = detail;
}

/** Return the likeliest classes, best first: [name, probability]. */
function ranked({ probabilities, top }) {
  const all = probabilities ? Object.entries(probabilities) : top;
  return all.sort((one, other) => other[1] - one[1]).slice(0, rows);
}

function showBars(likely) {
  const bars = at("bars");
  while (bars.children.length > likely.length) bars.lastChild.remove();
  while (bars.children.length < likely.length) {
    const [name, part] = [element("span", { class: "name", dir: "auto" }), element("span", { class: "part" })];
    bars.append(element("li", {}, name, element("span", { class: "track" }, element("i")), part));
  }
  bars.ariaHidden = String(document.body.dataset.answer === "waiting");
  likely.forEach(([name, part], i) => {
    const [label, track, figure] = bars.children[i].children;
    label.textContent = label.title = name;
    track.firstChild.style.setProperty("--part", part);
    figure.textContent = percent(part);
  });
}

function showInput(input, heat, label) {
  for (const [id, url] of [
    ["input", input],
    ["heat", heat],
  ]) {
    at(id).hidden = !url;
    if (url) at(id).src = url;
  }
  at("input").alt = input ? word("saw.input") : "";
  at("heat").alt = heat ? word("heat.alt", { label }) : "";
  at("legend").hidden = !heat;
}

function showBoxes(characters, width = 1, height = 1) {
  at("boxes").replaceChildren(
    ...characters.map(({ box: [left, top, right, bottom], label, probability, known }) => {
      const box = element("li", { class: known ? "known" : "unknown" }, element("span", {}, known ? label : "?"));
      box.title = known
        ? word("answer.said", { label, percent: percent(probability) })
        : word("answer.unknown.said", { label, percent: percent(probability) });
      const sides = {
        left: left / width,
        top: top / height,
        width: (right - left) / width,
        height: (bottom - top) / height,
      };
      for (const [side, value] of Object.entries(sides)) {
        box.style.setProperty(`--${side}`, `${100 * value}%`);
      }
      return box;
    }),
  );
}

/** Tell screen readers, once the answers settle; what was told goes with the drawing that it was about. */
function speak(text) {
  clearTimeout(speaking);
  const tell = () => {
    if (at("spoken").textContent !== text) at("spoken").textContent = text;
  };
  if (text) speaking = setTimeout(tell, SPEAK);
  else tell();
}

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
