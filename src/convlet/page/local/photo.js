// The ink in a picture: on a background of one tone read as in Python, on others by its contrast with its surroundings.
//
// The second is a short version of convlet/reading/{photo,search,ground}.py, without sheets on tables and ruled lines.

import { cut, inkBox } from "./place.js";
import { THUMBNAIL, flatInk, isBroad, isSolid } from "./flat.js";
import { grey, percentile, plane, reduced, resized } from "./pixels.js";
import { cutOut, findParts, likely, together } from "./strokes.js";

const EDGE = 0.35; // of full ink: where the strokes of a drawing end
const TIGHT = 0.05; // of the border is ink: a tightly cropped drawing
const SEARCH = 480; // pixels of the longer side of the copy that is searched for ink
const PAGE = 900; // the same if there are many characters
const LEAST = 160; // smaller pictures are enlarged to this
const SOFT_LEAST = 50; // pixels of the shorter side that a soft picture is reduced to
const SOFTER = 1.45; // times as steep is half the picture, of 2 times at most
const TRIAL = 240; // pixels of the copy for trying backgrounds
const SCALES = [0.045, 0.08, 0.13, 0.21, 0.33, 0.5]; // of the shorter side, over which the background is smooth
const FAINT = 0.05; // of the background's light: the least missing in ink
const FAINTER = 0.3; // of the strength of the ink found: fainter pixels would only join characters to each other
const [INK, SURE] = [12, 60]; // of `likely`: noise and shadows come to less; ink of the less probable polarity to more

/** The ink of the single character in a picture, 0 where the ink is not the character's; null if there is none. */
export function characterIn(picture) {
  let ink = flatInk(picture);
  if (ink && isSolid(ink) && isBroad(ink)) ink = null;
  if (ink) return oneCharacter(ink);
  const found = look(picture, SEARCH, false);
  return found && cutOut(found.missing, found, together(found, likely(found)));
}

/**
 * Return a page's connected ink or null:
 * {missing, width, height, labels, parts, scale: picture pixels per copy pixel}.
 */
export function inkOnPage(picture) {
  const ink = flatInk(picture);
  if (ink && !isBroad(ink)) {
    const found = findParts(ink, EDGE, 6);
    if (found) return { ...found, missing: ink, scale: 1 };
  }
  return look(picture, PAGE, true);
}

/** The single character in a clean drawing, without specks and frames; null if there is no ink. */
function oneCharacter(ink) {
  const { width, height, data } = ink;
  const box = inkBox(ink, EDGE);
  if (!box) return null;
  const [rows, columns] = [new Array(box.height).fill(0), new Array(box.width).fill(0)];
  for (let y = box.top; y < box.bottom; y++) {
    for (let x = box.left; x < box.right; x++) {
      if (data[y * width + x] > EDGE) {
        rows[y - box.top]++;
        columns[x - box.left]++;
      }
    }
  }
  const framed = rows[0] > 0.8 * box.width && rows.at(-1) > 0.8 * box.width;
  if (rows.every(Boolean) && columns.every(Boolean) && !framed) return ink; // everything is connected
  const found = findParts(ink, EDGE, 2);
  if (!found) return null;
  let along = 0;
  for (let x = 0; x < width; x++) along += (data[x] > EDGE) + (data[(height - 1) * width + x] > EDGE);
  for (let y = 0; y < height; y++) along += (data[y * width] > EDGE) + (data[(y + 1) * width - 1] > EDGE);
  // In a tight crop, ink reaches the border.
  if (Math.min(width, height) <= THUMBNAIL || along > TIGHT * 2 * (width + height))
    for (const part of found.parts) part.touch = 0;
  return cutOut(ink, found, together(found, likely(found)));
}

/**
 * Ink found by its contrast, in a copy of the picture with at most `longest` pixels on its longer side;
 * null if there is none.
 */
function look(picture, longest, wholePage) {
  const side = Math.max(picture.width, picture.height);
  let scale = side > longest ? side / longest : side < LEAST ? side / LEAST : 1;
  const size = [picture.width, picture.height].map((pixels) => Math.max(8, Math.round(pixels / scale)));
  let small = scale === 1 ? picture : resized(picture, ...size, scale > 1 ? "box" : "bicubic");
  while (!wholePage && Math.min(small.width, small.height) >= 2 * SOFT_LEAST && isSoft(small)) {
    small = reduced(small, 2);
    scale *= 2;
  }
  const channel = plane(small.width, small.height);
  for (let i = 0, at = 0; i < channel.data.length; i++, at += 3) {
    channel.data[i] = (small.data[at] + small.data[at + 1] + small.data[at + 2]) / 765;
  }
  const dark = isDark(channel);
  for (const [turned, least] of [
    [!dark, INK],
    [dark, SURE],
  ]) {
    const one = turned
      ? plane(
          small.width,
          small.height,
          channel.data.map((value) => 1 - value),
        )
      : channel;
    const found = inkIn(one, wholePage);
    if (found && Math.max(...likely(found)) > least) return { ...found, scale };
  }
  return null;
}

/** Whether even the sharpest edges are blurred: at half size they are twice as steep. */
function isSoft(picture) {
  const [fine, coarse] = [grey(picture), grey(reduced(picture, 2))].map(({ width, height, data }) => {
    const steep = [];
    for (let y = 1; y < height - 1; y++) {
      for (let x = 1, i = y * width + 1; x < width - 1; x++, i++) {
        steep.push(Math.hypot(data[i + 1] - data[i - 1], data[i + width] - data[i - width]) / 2);
      }
    }
    return percentile(steep, 0.999);
  });
  return coarse > SOFTER * fine;
}

/** Whether ink is darker than its background: it stands out most from its surroundings and is the smaller part. */
function isDark(channel) {
  const mean = boxed(channel, Math.max(2, Math.round(0.08 * Math.max(channel.width, channel.height))));
  return channel.data.reduce((sum, value, i) => sum + ((value - mean.data[i]) / (mean.data[i] + 0.15)) ** 3, 0) < 0;
}

/** Connected ink darker than its background. */
function inkIn(channel, wholePage) {
  const size = groundSize(channel, wholePage);
  let below = depth(channel, size);
  let found = parts(below, 6);
  if (!found) return null;
  const scores = likely(found);
  const sum = scores.reduce((a, b) => a + b, 1e-9);
  const stroke = found.parts.reduce((total, part, i) => total + part.thick * part.longer * scores[i], 0) / sum;
  // A background that follows thick strokes hollows them out.
  if (stroke > size / 2) below = depth(channel, Math.round(2.5 * stroke));
  const level = found.parts.reduce((total, part, i) => total + part.level * scores[i], 0) / sum;
  found = parts(below, 6, FAINTER * level);
  return found && { ...found, missing: below.missing };
}

const parts = ({ missing, noise, steep }, least, over = FAINT) =>
  findParts(missing, Math.max(5 * noise, over, FAINT), least, steep);

/** The fewest pixels over which the background is smooth and the likeliest ink stands out. */
function groundSize(channel, wholePage) {
  const factor = Math.max(1, Math.floor(Math.max(channel.width, channel.height) / TRIAL));
  const small = reduced(channel, factor);
  const sizes = SCALES.map((part) => Math.max(5, Math.round(Math.min(small.width, small.height) * part) | 1));
  const scores = sizes.map((size) => {
    const found = parts(depth(small, size), 4);
    const each = found ? likely(found) : [0];
    return wholePage ? each.reduce((a, b) => a + b) : Math.max(...each);
  });
  return factor * sizes[scores.findIndex((score) => score >= 0.8 * Math.max(...scores))];
}

/** Return how much of the background's light is missing: the picture with dark parts narrower than `size` filled. */
function depth(channel, size) {
  const { width, height, data } = channel;
  const factor = Math.max(1, Math.floor(size / 32));
  const reach = Math.max(3, Math.floor(size / factor) | 1) >> 1;
  let ground = reduced(channel, factor);
  for (const extreme of [Math.max, Math.min])
    ground = turned(rowwise(turned(rowwise(ground, reach, extreme)), reach, extreme));
  ground = boxed(boxed(ground, 1), 1);
  if (factor > 1)
    ground = cut(resized(ground, ground.width * factor, ground.height * factor, "bilinear"), 0, 0, width, height);
  ground.data = ground.data.map((value) => Math.max(0.05, value));
  const usual = percentile(
    ground.data.filter((_, i) => i % 7 === 0),
    0.5,
  );
  // Between a difference, in which shadows hide ink, and a ratio, in which they amplify noise.
  const light = ground.data.map((value) => Math.sqrt(value * usual));
  const missing = plane(
    width,
    height,
    data.map((value, i) => (ground.data[i] - value) / light[i]),
  );
  const steep = plane(width, height);
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1, i = y * width + 1; x < width - 1; x++, i++) {
      steep.data[i] = Math.hypot(data[i + width] - data[i - width], data[i + 1] - data[i - 1]) / 2 / light[i];
    }
  }
  const sample = missing.data.filter((_, i) => i % 5 === 0);
  const [low, high] = [percentile(sample, 0.1), percentile(sample, 0.3)];
  const level = high + 0.15 * ((high - low) / 0.9);
  missing.data = missing.data.map((value) => value - level);
  return { missing, steep, noise: (high - low) / 0.9 + 1e-3 };
}

/** The largest (Math.max) or smallest (Math.min) value of the row within `reach` pixels of each pixel. */
function rowwise({ width, height, data }, reach, extreme) {
  const wide = 2 * reach + 1;
  const result = plane(width, height);
  const padded = new Float32Array(Math.ceil((width + 2 * reach) / wide) * wide).fill(
    extreme === Math.max ? -Infinity : Infinity,
  );
  const [before, after] = [padded.slice(), padded.slice()];
  for (let y = 0; y < height; y++) {
    padded.set(data.subarray(y * width, (y + 1) * width), reach);
    // Van Herk: each window is the end of one block and the beginning of the next.
    for (let i = 0; i < padded.length; i++) before[i] = i % wide ? extreme(before[i - 1], padded[i]) : padded[i];
    for (let i = padded.length - 1; i >= 0; i--)
      after[i] = (i + 1) % wide ? extreme(after[i + 1], padded[i]) : padded[i];
    for (let x = 0; x < width; x++) result.data[y * width + x] = extreme(after[x], before[x + 2 * reach]);
  }
  return result;
}

/** Swap rows and columns. */
function turned({ width, height, data }) {
  const result = plane(height, width);
  for (let y = 0, i = 0; y < height; y++) for (let x = 0; x < width; x++, i++) result.data[x * height + y] = data[i];
  return result;
}

/** The mean of the square that reaches `reach` pixels to each side, as far as it is in the picture. */
function boxed({ width, height, data }, reach) {
  const sums = new Float64Array((width + 1) * (height + 1));
  for (let y = 0; y < height; y++) {
    for (let x = 0, sum = 0; x < width; x++) {
      sum += data[y * width + x];
      sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1] + sum;
    }
  }
  const result = plane(width, height);
  for (let y = 0; y < height; y++) {
    const [top, bottom] = [Math.max(0, y - reach), Math.min(height, y + reach + 1)];
    for (let x = 0; x < width; x++) {
      const [left, right] = [Math.max(0, x - reach), Math.min(width, x + reach + 1)];
      const sum =
        sums[bottom * (width + 1) + right] - sums[bottom * (width + 1) + left] - sums[top * (width + 1) + right];
      result.data[y * width + x] = (sum + sums[top * (width + 1) + left]) / ((bottom - top) * (right - left));
    }
  }
  return result;
}
