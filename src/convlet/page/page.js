// The page: sends what is drawn or chosen to the model and shows the answer.

import { model, page, predict, where, whole } from "./answers.js";
import { Asker } from "./asker.js";
import { Board } from "./board.js";
import { offerPen } from "./pen.js";
import { prepared, watch } from "./pictures.js";
import { Problem } from "./problem.js";
import { hideProblem, kindOf, showAnswer, showAsked } from "./show.js";
import { sayProblemAgain, showLoading, showModel, showNone, showNothing, showPage, showProblem } from "./show.js";
import { loadWords, offerLanguages, translate } from "./words.js";

const SIDE = { one: 336, several: 840 }; // pixels of the drawing that is sent
const SETTLED = 350; // milliseconds without a change before the slow request for a heat map

const at = (id) => document.getElementById(id);
let kind = "ink";
let shown = null; // the picture on the sheet
let address = null; // the picture's URL
let settling = 0;
let facts = null; // the model's, once they are known
let unable = false; // they cannot be had, and nothing is tried again by itself
let starting = 0;
let taken = 0; // pictures so far

const asker = new Asker({
  pending: (yes) => document.body.toggleAttribute("data-pending", yes),
  busy: (yes) => document.body.toggleAttribute("data-busy", yes),
  failed: showProblem,
  fine: hideProblem,
});
const board = new Board(at("sheet"), { drawing: () => changed(false), changed: () => changed(true) });
offerPen(at("sheet"), board, at("pen-said"));

/** Tell whoever listens what was asked and answered; a server that people may teach adds somebody who does. */
const tell = (detail) => dispatchEvent(new CustomEvent("convlet-answer", { detail }));

function changed(settled) {
  clearTimeout(settling);
  tell({});
  const picture = board.picture;
  document.body.dataset.board = board.empty ? "empty" : picture ? "picture" : "drawing";
  at("undo").disabled = !board.undoable;
  at("clear").disabled = board.empty;
  const other = settled && showPicture(picture);
  if (board.empty) {
    asker.stop();
    showNothing(kind);
    if (unable) showNone();
    return;
  }
  if (other) showNothing(kind);
  if (unable) showNone();
  else showAsked();
  if (facts) asker.ask(board.mode === "one" ? aboutOne(false) : aboutSeveral(), { hurry: settled });
}

/** Ask what one drawing or picture is, and with `heat` where the model looked. */
function aboutOne(heat) {
  let asked;
  return {
    ask: (signal) => predict((asked = board.picture ?? board.drawn(SIDE.one)), { input: true, heat, signal }),
    show: (answer) => {
      showAnswer(answer);
      tell({ answer, picture: asked });
      clearTimeout(settling);
      if (!at("show-heat").checked || heat || answer.empty) return;
      settling = setTimeout(() => asker.ask(aboutOne(true)), SETTLED);
    },
  };
}

/** Ask what all characters are. */
function aboutSeveral() {
  const { picture } = board;
  let asked;
  return {
    ask: async (signal) => {
      const answer = await page((asked = picture ?? board.drawn(SIDE.several)), { signal, ...wish() });
      if (picture)
        await at("picture")
          .decode()
          .catch(() => {}); // then its size is known
      return answer;
    },
    show: (answer) => {
      const { naturalWidth, naturalHeight } = at("picture");
      showPage(answer, picture ? naturalWidth : SIDE.several, picture ? naturalHeight : SIDE.several);
      tell({ page: answer, picture: asked });
    },
  };
}

/** How a page is to be read. */
const wish = () => ({
  grid: at("grid").value.trim(),
  expect: at("expect").value.trim(),
  print: at("keep-print").checked ? "keep" : "",
});

/** Put the picture on the sheet; return whether it is a new one. */
function showPicture(picture) {
  const image = at("picture");
  at("frame").hidden = !picture;
  if (picture === shown) return false;
  if (address) URL.revokeObjectURL(address);
  shown = picture;
  address = picture && URL.createObjectURL(picture);
  if (picture) image.src = address;
  else image.removeAttribute("src");
  return true;
}

at("picture").addEventListener("load", ({ target }) => {
  at("board").style.setProperty("--ratio", target.naturalWidth / target.naturalHeight);
});

async function take(file) {
  const mine = ++taken;
  const picture = await prepared(file);
  if (mine === taken) board.show(picture); // a large one may take longer than the next
}

function refuse() {
  showProblem(new Problem("not_a_picture"), null, null);
}

watch(take, refuse);
for (const [button, input] of [
  ["choose", "file"],
  ["take", "camera"],
]) {
  at(button).addEventListener("click", () => at(input).click());
  at(input).addEventListener("change", () => {
    const [file] = at(input).files;
    at(input).value = ""; // the same file may be chosen again
    if (file) take(file);
  });
}
at("board").addEventListener("click", () => {
  if (kind === "picture") at("choose").click(); // with a keyboard, the button below
});
at("model-name").addEventListener("click", () => {
  at("about").open = true;
});
at("undo").addEventListener("click", () => board.undo());
at("clear").addEventListener("click", () => {
  taken++;
  board.clear();
});
at("show-heat").addEventListener("change", () => {
  if (!board.empty) changed(true);
});
for (const choice of document.querySelectorAll("[name=mode]")) {
  choice.addEventListener("change", () => {
    board.mode = document.body.dataset.mode = choice.value;
    showNothing(kind);
    changed(true);
  });
}

for (const id of ["grid", "expect", "keep-print"]) {
  at(id).addEventListener("change", () => {
    if (board.mode !== "one" && !board.empty) changed(true);
  });
}

const apple = /mac|iphone|ipad/i.test(navigator.platform);
addEventListener("keydown", (event) => {
  const command = apple ? event.metaKey : event.ctrlKey;
  const plain = !event.altKey && !event.shiftKey;
  if (event.target.type === "text" && event.key !== "o") return; // the field's own keys
  const press = (id) => {
    event.preventDefault();
    at(id).click();
  };
  if (plain && command && event.key === "z") press("undo");
  else if (plain && command && event.key === "o") press("choose");
  else if (plain && !command && event.key === "Delete") press("clear");
});
function loading(state) {
  showLoading(state);
  if (state.error) showProblem(state.error, null, null);
}

/** Say everything again, after the language was changed. */
function inOtherWords() {
  sayProblemAgain();
  if (facts) showModel(facts, where);
  showNothing(kind);
  if (!board.empty) changed(true);
}

/** Apple's keyboards have one sign for it, in every language. */
function asCommand(key) {
  key.textContent = "⌘";
  delete key.dataset.word;
}

/** Ask for the model's facts, with retries, then about the sheet. */
async function start() {
  clearTimeout(starting);
  hideProblem();
  unable = false;
  try {
    facts = await model({ progress: loading });
    kind = kindOf(facts);
    board.enabled = kind === "ink";
    showModel(facts, where);
    changed(true);
  } catch (error) {
    const wait = error.retryAfter ?? null;
    unable = wait === null;
    showProblem(error, wait, start);
    if (wait !== null) starting = setTimeout(start, 1000 * wait);
  }
}

addEventListener("hashchange", () => facts || start()); // perhaps with a token
addEventListener("convlet-model", start); // another model answers

document.body.dataset.reader = whole ? "whole" : "simple";
await loadWords();
if (apple) for (const key of document.querySelectorAll("[data-word='key.control']")) asCommand(key);
translate();
offerLanguages(at("language"), inOtherWords, (error) => showProblem(error, null, null));
document.body.dataset.ready = "";
showNothing(kind);
start();
