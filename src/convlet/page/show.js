// Shows answers and facts on the page.

const MOST = 5; // classes shown
const SPEAK = 700; // milliseconds without a change before a screen reader reads the answer
const SEEN = {
  ink: "cut out, centered and drawn like the images it learned from",
  pad: "the whole picture, resized",
  crop: "the middle of the picture, resized",
  stretch: "the whole picture, stretched to this shape",
};
const UNCLEAR = "No answer is likely enough";

const at = (id) => document.getElementById(id);
let rows = MOST;
let speaking = 0;

/** Format 0 to 1 as a percentage, without false precision. */
export function percent(part) {
  if (part > 0.999 && part < 1) return ">99.9\u00a0%";
  if (part < 0.001 && part > 0) return "<0.1\u00a0%";
  return `${(100 * part).toFixed(part >= 0.1 && part < 0.995 ? 0 : 1).replace(/\.0$/, "")}\u00a0%`;
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
  const few = classes.join(" ").length <= 28;
  const some = `${classes.length} classes, such as ${classes.slice(0, 2).join(" or ")}`;
  at("hint-classes").textContent = `one of ${few ? classes.join(" ") : some}`;
  const size = `${shape[1]} × ${shape[0]}`;
  at("input").parentElement.style.setProperty("--shape", shape[1] / shape[0]);
  at("saw-text").textContent = `${size} pixels: ${SEEN[ink ? "ink" : (facts.form?.fit ?? "pad")]}.`;
  const list = {
    Model: name,
    "Learned from": facts.dataset,
    Recipe: facts.recipe,
    Takes: `${size} pixels, ${shape[2] === 1 ? "grey" : "colour"}`,
    Refuses: threshold ? `what is less likely than ${percent(threshold)}` : "nothing",
    Version: facts.version,
    [`${classes.length} classes`]: classes.join(shortNames(classes) ? " " : ", "),
  };
  at("facts").replaceChildren(
    ...Object.entries(list)
      .filter(([, value]) => value)
      .map(([key, value]) => element("div", {}, element("dt", {}, key), element("dd", {}, value))),
  );
  at("where").textContent = where(kindOf(facts));
}

export const kindOf = (facts) => facts.kind ?? facts.form?.kind ?? "ink";

const shortNames = (classes) => classes.every((name) => [...name].length <= 2);

/** Show an empty sheet. */
export function showNothing(kind) {
  say("waiting", "", kind === "ink" ? "Draw, and it answers" : "Choose a picture, and it answers", "");
  showBars(new Array(rows).fill(["", 0])); // where the bars will be
  showInput(null);
  showBoxes([]);
  speak("");
}

/** Show that a first answer is on its way. */
export function showAsked() {
  if (document.body.dataset.answer === "waiting") at("how").textContent = "Reading …";
}

/** Show the answer for one image. */
export function showAnswer(answer) {
  const { label, probability, known, empty, input, heat } = answer;
  const likely = ranked(answer);
  if (empty) {
    say("empty", "", "Nothing to read", "There is no ink in it.");
    speak("Nothing to read.");
  } else if (known) {
    say("known", label, percent(probability), "");
    speak(`${label}, ${percent(probability)}`);
  } else {
    say("unknown", "?", "Not one of the classes", `${UNCLEAR}. The nearest is ${likely[0][0]}.`);
    speak(`Not one of the classes. The nearest is ${likely[0][0]}, ${percent(likely[0][1])}.`);
  }
  showBars(empty ? [] : likely);
  showInput(input, heat, label);
  showBoxes([]);
}

/** Show the characters of a page; boxes are in pixels of a picture of `width` and `height`. */
export function showPage({ text, characters, grid, rows = [] }, width, height) {
  const strange = characters.filter(({ known, symbol }) => !known && !symbol).length;
  const count = characters.length === 1 ? "1 character" : `${characters.length} characters`;
  const unlike = rows.flatMap(({ fits }, row) => (fits === false ? [row + 1] : []));
  const detail = [
    strange && `${strange} of them ${strange === 1 ? "is not one" : "are none"} of the classes.`,
    unlike.length && `Not as expected: row ${unlike.join(", ")}.`,
  ]
    .filter(Boolean)
    .join(" ");
  const cells = (line) => (grid ? line.split("\t").map((cell) => cell || "·").join(" ") : line);
  const shown = text.split("\n").map(cells).join("\n");
  if (characters.length) say("text", shown, count, detail);
  else say("empty", "", "Nothing to read", "There are no characters in it.");
  at("label").toggleAttribute("data-grid", Boolean(grid));
  const spoken = text.replaceAll("\n", ", next line: ").replaceAll("\t", " ");
  speak(characters.length ? `Read: ${spoken}. ${detail}` : "Nothing to read.");
  showBars([]);
  showInput(null);
  showBoxes(characters, width, height);
}

/** Show an error; `seconds`: until the retry, or null; `again` retries now. */
export function showProblem(error, seconds, again) {
  const until = performance.now() + 1000 * (seconds ?? 0);
  const tell = () => {
    const left = Math.ceil((until - performance.now()) / 1000);
    const retry = seconds === null ? "" : ` Trying again${left > 0 ? ` in ${left} s` : ""} …`;
    at("problem-text").textContent = error.message + retry;
  };
  tell();
  clearInterval(showProblem.timer);
  if (seconds !== null) showProblem.timer = setInterval(tell, 500);
  if (seconds === null && document.body.dataset.answer === "waiting") at("how").textContent = "No answer";
  at("problem").hidden = false;
  at("again").hidden = !again;
  at("again").onclick = again;
}

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
  const megabytes = (count) => (count / 1e6).toFixed(0);
  const part = total ? `${megabytes(bytes)} of ${megabytes(total)}` : megabytes(bytes);
  at("loading-text").textContent = `Loading the model, once: ${part} MB`;
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
  const list = at("bars");
  while (list.children.length > likely.length) list.lastChild.remove();
  while (list.children.length < likely.length) {
    const [name, part] = ["name", "part"].map((kind) => element("span", { class: kind }));
    list.append(element("li", {}, name, element("span", { class: "track" }, element("i")), part));
  }
  list.ariaHidden = String(document.body.dataset.answer === "waiting");
  likely.forEach(([name, part], i) => {
    const [label, track, figure] = list.children[i].children;
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
  at("input").alt = input ? "The model's input" : "";
  at("heat").alt = heat ? `The input, with evidence for ${label} in orange and evidence against it in blue` : "";
  at("legend").hidden = !heat;
}

function showBoxes(characters, width = 1, height = 1) {
  at("boxes").replaceChildren(
    ...characters.map(({ box: [left, top, right, bottom], label, probability, known }) => {
      const box = element("li", { class: known ? "known" : "unknown" }, element("span", {}, known ? label : "?"));
      box.title = known ? `${label}, ${percent(probability)}` : `not one of the classes; the nearest is ${label}`;
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

/** Tell screen readers, once the answers settle. */
function speak(text) {
  clearTimeout(speaking);
  speaking = setTimeout(() => {
    if (at("spoken").textContent !== text) at("spoken").textContent = text;
  }, SPEAK);
}

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
