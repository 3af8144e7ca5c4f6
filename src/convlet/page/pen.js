// The pen that a keyboard moves over a sheet. Where it is is shown, and told to screen readers.

import { number, word } from "./words.js";

const STEP = 0.05; // of the sheet's side, for each press of an arrow key
const LITTLE = 0.01; // the same with Shift
const EDGE = 0.03; // of the side, which the pen keeps away from the border
const SAID = 400; // milliseconds without a move before its place is told
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * Let the keyboard draw on a canvas while it has the focus: arrow keys move the pen, two at once aslant; Space or Enter
 * put it down and lift it; Escape lifts it.
 *
 * @param board the `Board` of the canvas.
 * @param said where screen readers hear about the pen, an element with role=status.
 */
export function offerPen(canvas, board, said) {
  const mark = document.createElement("i");
  mark.className = "pen";
  canvas.after(mark); // shown while the canvas has the keyboard's focus
  const held = new Set();
  let [x, y] = [0.5, 0.5];
  let telling = 0;

  const percent = (part) => number(part, { style: "percent", maximumFractionDigits: 0 });
  const tell = (key, wait) => {
    clearTimeout(telling);
    telling = setTimeout(() => {
      said.textContent = word(key, { across: percent(x), down: percent(y) });
    }, wait);
  };
  const within = (part) => Math.min(1 - EDGE, Math.max(EDGE, part));
  const put = () => {
    mark.style.setProperty("--x", x);
    mark.style.setProperty("--y", y);
  };
  const lift = () => {
    if (!board.penIsDown) return;
    board.liftPen();
    tell("pen.up", 0);
  };

  canvas.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key in WAYS) {
      held.add(event.key);
      const by = event.shiftKey ? LITTLE : STEP;
      for (const key of held) [x, y] = [within(x + by * WAYS[key][0]), within(y + by * WAYS[key][1])];
      put();
      board.movePen(x, y);
      tell("pen.at", SAID);
    } else if (event.key === " " || event.key === "Enter") {
      if (event.repeat) return event.preventDefault();
      if (board.penIsDown) lift();
      else if (board.putPen(x, y)) tell("pen.down", 0);
    } else if (event.key === "Escape" && board.penIsDown) lift();
    else return;
    event.preventDefault();
  });
  canvas.addEventListener("keyup", ({ key }) => held.delete(key));
  canvas.addEventListener("blur", () => {
    held.clear();
    lift();
    clearTimeout(telling);
    said.textContent = "";
  });
  put();
}
