// One page with each sign several times: written in boxes or photographed, cut apart, looked at, then kept.

import { Board } from "../board.js";
import { offerPen } from "../pen.js";
import { prepared } from "../pictures.js";
import { word } from "../words.js";
import { at, element, showProblemIn } from "./parts.js";

const EACH = 3; // times that each sign is written
const SIDE = 1200; // pixels of the drawing that is cut apart
const MOST = 10; // signs on one sheet
const MARGIN = 0.18; // of a character's longer side, around it
const SHOWN = 96; // pixels of a character that is looked at

/**
 * @param cut (picture) => {characters: [{box, line, label}]}.
 * @param keep (picture, class) => {}: keep an example, or throw.
 */
export function offerSheet({ cut, keep, classes, kept }) {
  const board = new Board(at("teach-canvas"), { drawing() {}, changed: () => update() });
  board.mode = "several";
  offerPen(at("teach-canvas"), board, at("teach-pen-said"));
  let found = []; // {canvas, name, ticked}
  let busy = false;
  let photographed = null;

  const problem = (error) => showProblemIn("teach-dialog-problem", error);
  const signs = () => {
    const text = at("teach-signs").value.trim();
    return (/\s/.test(text) ? text.split(/\s+/) : [...text]).slice(0, MOST);
  };
  const update = () => {
    at("teach-cut").disabled = board.empty || busy;
    at("teach-clear").disabled = board.empty || busy;
    at("teach-keep-all").disabled = !ticked().length || busy;
  };

  function layBoxes() {
    const own = signs();
    const across = own.length > 5 ? 2 : 1; // signs in a row of boxes
    at("teach-boxes").style.setProperty("--across", String(across * EACH));
    at("teach-boxes").style.setProperty("--down", String(Math.ceil(own.length / across) || 1));
    at("teach-boxes").replaceChildren(
      ...own.flatMap((name) => Array.from({ length: EACH }, () => element("li", {}, element("span", {}, name)))),
    );
    at("teach-hint").textContent = word("teach.sheet.hint", { each: EACH });
  }

  function show(step) {
    at("teach-writing").hidden = step !== "writing";
    at("teach-reviewing").hidden = step !== "reviewing";
    problem(null);
    update();
  }

  at("teach-sheet").addEventListener("click", () => {
    at("teach-dialog-name").textContent = word("teach.sheet");
    const short = classes().filter((name) => [...name].length === 1);
    if (!at("teach-signs").value) at("teach-signs").value = short.slice(0, MOST).join("");
    layBoxes();
    show("writing");
    at("teach-dialog").showModal();
  });
  at("teach-signs").addEventListener("input", layBoxes);
  at("teach-clear").addEventListener("click", () => board.clear());
  at("teach-cancel").addEventListener("click", () => at("teach-dialog").close());
  at("teach-again").addEventListener("click", () =>
    photographed === "page" ? at("teach-dialog").close() : show("writing"),
  );
  at("teach-photo").addEventListener("click", () => at("teach-file").click());
  at("teach-file").addEventListener("change", async () => {
    const [file] = at("teach-file").files;
    at("teach-file").value = "";
    if (file) read(await prepared(file), true);
  });
  at("teach-cut").addEventListener("click", () => read(board.drawn(SIDE), false));

  async function read(picture, photo) {
    busy = true;
    update();
    problem(null);
    try {
      const { characters } = await cut(picture);
      photographed = photo ? "photo" : null;
      await review(picture, characters, photo ? inOrder(characters) : inBoxes(characters));
    } catch (error) {
      problem(error);
    } finally {
      busy = false;
      update();
    }
  }

  /** Which sign each character of a drawing is, by the box that it stands in. */
  function inBoxes(characters) {
    const own = signs();
    const across = own.length > 5 ? 2 : 1;
    const [columns, rows] = [across * EACH, Math.ceil(own.length / across)];
    return characters.map(({ box: [left, top, right, bottom] }) => {
      const column = Math.min(columns - 1, Math.floor((((left + right) / 2) * columns) / SIDE));
      const row = Math.min(rows - 1, Math.floor((((top + bottom) / 2) * rows) / SIDE));
      return own[Math.floor((row * columns + column) / EACH)] ?? "";
    });
  }

  /** Which sign each character of a photograph is, in the order of reading. */
  const inOrder = (characters) => characters.map((_, place) => signs()[Math.floor(place / EACH)] ?? "");

  async function review(picture, characters, names, lacking = lacks(names)) {
    const bitmap = await createImageBitmap(picture);
    found = characters.map(({ box }, place) => ({ canvas: clipped(bitmap, box), name: names[place], ticked: true }));
    bitmap.close();
    at("teach-review").textContent = word("teach.review");
    at("teach-lacks").textContent = found.length ? lacking : word("teach.sheet.none");
    list();
    show("reviewing");
  }

  /** What does not fit: as many characters as boxes are expected, the same number of each sign. */
  function lacks(names) {
    const own = signs();
    const expected = own.length * EACH;
    const counts = own.map((name) => [name, names.filter((one) => one === name).length]);
    const uneven = counts.filter(([, count]) => count !== EACH);
    if (names.length === expected && !uneven.length) return "";
    const each = uneven.map(([name, count]) => word("teach.sheet.lacks", { name, found: count, each: EACH }));
    return [word("teach.sheet.found", { found: names.length, expected, each: EACH }), ...each].join(" ");
  }

  /** Show a page's characters with what the model read, to be put right. */
  async function reviewPage(picture, page) {
    photographed = "page";
    at("teach-dialog-name").textContent = word("teach.page");
    const { characters } = page;
    await review(
      picture,
      characters,
      characters.map(({ label, known }) => (known ? label : "")),
      "",
    );
    for (const one of found) one.ticked = false;
    at("teach-review").textContent = word("teach.review.page");
    list();
    at("teach-dialog").showModal();
  }

  function list() {
    at("teach-found").replaceChildren(...found.map(item));
    count();
  }

  function item(one) {
    const tick = element("input", { type: "checkbox", "aria-label": word("teach.untick") });
    const name = element("input", {
      type: "text",
      list: "teach-classes",
      maxlength: "60",
      autocomplete: "off",
      spellcheck: "false",
      "aria-label": word("teach.class"),
    });
    [tick.checked, name.value] = [one.ticked, one.name];
    const made = element("li", {}, one.canvas, name, tick);
    const show = () => {
      made.classList.toggle("teach-out", !one.ticked);
      tick.checked = one.ticked;
      count();
    };
    tick.addEventListener("change", () => {
      one.ticked = tick.checked;
      show();
    });
    name.addEventListener("input", () => {
      one.name = name.value.trim();
      one.ticked = Boolean(one.name); // what was put right is to be kept
      show();
    });
    show();
    return made;
  }

  const ticked = () => found.filter((one) => one.ticked && one.name);

  function count() {
    at("teach-keep-all").textContent = word("teach.sheet.keep", { count: ticked().length });
    update();
  }

  at("teach-reviewing").addEventListener("submit", async (event) => {
    event.preventDefault();
    busy = true;
    count();
    problem(null);
    let done = 0;
    try {
      for (const one of ticked()) {
        await keep(one.canvas, one.name);
        found = found.filter((other) => other !== one);
        done++;
      }
      if (photographed === null) board.clear();
      at("teach-dialog").close();
    } catch (error) {
      problem(error); // what was kept is no longer listed, the rest stays
    } finally {
      busy = false;
      list();
      if (done) kept(done);
    }
  });

  return { reviewPage };
}

/** A character of a picture on a canvas of its own, with a margin. */
function clipped(bitmap, [left, top, right, bottom]) {
  const margin = MARGIN * Math.max(right - left, bottom - top);
  const x = Math.max(0, Math.floor(left - margin));
  const y = Math.max(0, Math.floor(top - margin));
  const width = Math.min(bitmap.width, Math.ceil(right + margin)) - x;
  const height = Math.min(bitmap.height, Math.ceil(bottom + margin)) - y;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  canvas.getContext("2d").drawImage(bitmap, x, y, width, height, 0, 0, width, height);
  const scale = SHOWN / Math.max(width, height);
  canvas.style.setProperty("--width", `${width * scale}px`);
  canvas.style.setProperty("--height", `${height * scale}px`);
  return canvas;
}
