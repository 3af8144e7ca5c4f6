// Draws one character's ink in the size, stroke width and place of the training images: convlet/reading/place.py.

import { picture, plane, resized, roundEven } from "./pixels.js";

const FINE = 4; // pixels of the drawing board for one of the result
const EDGE = 0.35; // of full ink: where a stroke ends
const [THIN, THICK] = [2.0, 3.2]; // pixels, where the ink's box is 20 pixels long
const PEN = 2.3; // the new width of thinner strokes
const PENS_SHOW = 14; // pixels: in smaller images, pixels set the stroke width
const UNIT = 20; // pixels of the box for which stroke widths are given

/** The smallest rectangle around everything over a threshold, right and bottom exclusive; null without any. */
export function inkBox({ width, height, data }, over) {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (data[i] > over) {
        if (x < left) left = x;
        if (x >= right) right = x + 1;
        if (y < top) top = y;
        bottom = y + 1;
      }
    }
  }
  return bottom
    ? {
        left,
        top,
        right,
        bottom,
        width: right - left,
        height: bottom - top,
        longer: Math.max(right - left, bottom - top),
      }
    : null;
}

/** An image without ink. */
export function blank([height, width, channels], form) {
  return picture(width, height, channels, new Uint8Array(height * width * channels).fill(form.light ? 0 : 255));
}

/** Draw one character, given as the amount of ink at each pixel, the way the training images were made. */
export function placed(ink, shape, form) {
  const box = inkBox(ink, EDGE);
  if (!box) return blank(shape, form);
  const [height, width, channels] = shape;
  const side = form.box * Math.min(height, width);
  let board = onBoard(ink, box, side);
  if (side >= PENS_SHOW) board = penWidth(board, (side * FINE) / UNIT);
  const drawn = inPlace(board, height, width, side, form.centre);
  const most = Math.max(
    0.3,
    drawn.data.reduce((a, b) => Math.max(a, b), 0),
  );
  const result = new Uint8Array(height * width * channels);
  drawn.data.forEach((value, i) => {
    const level = Math.min(255, Math.max(0, roundEven(Math.fround(value * Math.fround(255 / most)))));
    result.fill(form.light ? level : 255 - level, i * channels, (i + 1) * channels);
  });
  return picture(width, height, channels, result);
}

/** A part of a plane; beyond the edges it is 0. */
export function cut({ width, height, data }, left, top, right, bottom) {
  const result = plane(right - left, bottom - top);
  for (let y = Math.max(0, top); y < Math.min(height, bottom); y++) {
    const [from, to] = [Math.max(0, left), Math.min(width, right)];
    if (to > from)
      result.data.set(data.subarray(y * width + from, y * width + to), (y - top) * result.width + from - left);
  }
  return result;
}

/** The character with its box's longer side `FINE` times as long as in the result, on a board with room around it. */
function onBoard(ink, box, side) {
  const scale = (side * FINE) / box.longer;
  const room = roundEven((side * FINE) / 4); // for thicker strokes
  const around = Math.ceil(room / scale); // whole pixels of the source, to keep gray edges
  const source = cut(ink, box.left - around, box.top - around, box.right + around, box.bottom + around);
  const how = scale > 1 ? "bicubic" : scale < 0.5 ? "box" : "bilinear";
  const board = resized(source, roundEven(source.width * scale), roundEven(source.height * scale), how);
  board.data = board.data.map((value) => Math.min(1, Math.max(0, value)));
  const count = (test) => source.data.reduce((sum, value) => sum + test(value), 0);
  const [low, high] = [Math.fround(0.1), Math.fround(0.9)];
  if (scale > 1.5 && count((v) => v > low && v < high) < 0.1 * count((v) => v >= high)) {
    return blurred(board, 0.4 * scale); // black and white only: its corners come from the pixels, not the pen
  }
  return board;
}

/** Pillow's GaussianBlur of 8 bits: three passes of a box across, three down. */
function blurred(board, sigma) {
  const part = (sigma * sigma) / 3;
  const whole = Math.floor((Math.sqrt(12 * part + 1) - 1) / 2);
  const radius = whole + ((2 * whole + 1) * (whole * (whole + 1) - 3 * part)) / (6 * (part - (whole + 1) ** 2));
  const inner = Math.trunc(2 ** 24 / (2 * radius + 1));
  const outer = Math.trunc((2 ** 24 - (2 * whole + 1) * inner) / 2);
  const { width, height } = board;
  let data = Uint8Array.from(board.data, (value) => Math.trunc(Math.fround(value * 255)));
  for (const [length, lines, step, stride] of [
    [width, height, 1, width],
    [height, width, width, 1],
  ]) {
    for (let pass = 0; pass < 3; pass++) {
      const from = data;
      data = new Uint8Array(from.length);
      for (let line = 0; line < lines; line++) {
        const at = (place) => from[line * stride + Math.min(length - 1, Math.max(0, place)) * step];
        for (let place = 0; place < length; place++) {
          let sum = 0;
          for (let i = place - whole; i <= place + whole; i++) sum += at(i);
          const spread = sum * inner + (at(place - whole - 1) + at(place + whole + 1)) * outer;
          data[line * stride + place * step] = Math.floor((spread + 2 ** 23) / 2 ** 24);
        }
      }
    }
  }
  return plane(
    width,
    height,
    Float32Array.from(data, (value) => value / 255),
  );
}

/** The mean width of strokes: twice the ink over the length of its outline, both measured in gray; pixels. */
function strokeWidth({ width, height, data }) {
  let [ink, outline] = [0, 0];
  for (let i = 0; i < data.length; i++) ink += data[i];
  for (let y = 1; y < height; y++) {
    for (let x = 1, i = y * width + 1; x < width; x++, i++)
      outline += Math.hypot(data[i] - data[i - width], data[i] - data[i - 1]);
  }
  return outline ? (2 * ink) / outline : 0;
}

/** Correct strokes far thinner or thicker than the net has seen; `unit` is the board's pixels for one of width. */
function penWidth(board, unit) {
  const wide = strokeWidth(board) / unit;
  if (wide < THIN) return grown(board, ((PEN - wide) / 2) * unit, Math.max);
  if (wide > THICK) return grown(board, ((wide - THICK) / 2) * unit, Math.min);
  return board;
}

/** Thicken strokes by `steps` pixels on each side (Math.max), or thin them (Math.min); a partial step is blended. */
function grown(board, steps, extreme) {
  const { width, height } = board;
  let [before, now] = [board.data, board.data];
  for (let step = 0; step < Math.ceil(steps); step++) {
    before = now;
    const rows = new Float32Array(before.length);
    for (let i = 0; i < rows.length; i++) rows[i] = extreme(before[i - width] ?? 0, before[i + width] ?? 0, before[i]);
    const beside = step % 2 ? rows : before; // a square, or a cross
    now = new Float32Array(before.length);
    for (let y = 0, i = 0; y < height; y++) {
      for (let x = 0; x < width; x++, i++) {
        now[i] = extreme(x ? beside[i - 1] : 0, x < width - 1 ? beside[i + 1] : 0, rows[i]);
      }
    }
  }
  const part = steps - Math.floor(steps);
  return plane(width, height, part ? now.map((value, i) => before[i] + part * (value - before[i])) : now);
}

/** Scale the board to the result's pixels: the box is measured again, the middle placed as in the training images. */
function inPlace(board, height, width, side, centre) {
  const box = inkBox(board, EDGE);
  if (!box) return plane(width, height);
  const scale = box.longer / side;
  let [x, y, middle] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2, [width / 2, height / 2]];
  if (centre === "mass") {
    [x, y] = massCentre(board).map((value) => value + 0.5);
    middle = [Math.floor(width / 2) + 0.5, Math.floor(height / 2) + 0.5]; // the middle of a pixel, as in MNIST
  }
  const [left, top] = [x - middle[0] * scale, y - middle[1] * scale];
  const [right, bottom] = [left + width * scale, top + height * scale];
  const before = [Math.max(0, Math.ceil(-left)), Math.max(0, Math.ceil(-top))];
  const after = [Math.max(0, Math.ceil(right) - board.width), Math.max(0, Math.ceil(bottom) - board.height)];
  const padded = cut(board, -before[0], -before[1], board.width + after[0], board.height + after[1]);
  return resized(padded, width, height, "bilinear", [
    left + before[0],
    top + before[1],
    right + before[0],
    bottom + before[1],
  ]);
}

/** The center of all ink, in pixels from the center of the first pixel. */
export function massCentre({ width, data }) {
  let [total, across, down] = [0, 0, 0];
  data.forEach((value, i) => {
    total += value;
    across += value * (i % width);
    down += value * Math.floor(i / width);
  });
  return [across / total, down / total];
}
