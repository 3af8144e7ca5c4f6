// Drawings on a background of one tone, canvas, scan, screenshot: convlet/reading/flat.py.

import { inkBox, massCentre } from "./place.js";
import { plane } from "./pixels.js";

const TONE = 6; // of 255: pixels this close to the background's tone are background
const GROUND = 0.45; // of all pixels at least
const BORDER = 0.9; // of those along the border
const LARGE_GROUND = 0.35; // of all pixels, if ink reaches the border of a picture larger than a thumbnail
const THIRD_TONE = 0.15; // of all pixels: a shadow with a hard edge, not a shade of ink
const ALONG = 0.2; // of those along the border, if ink reaches it
const TWO_TONES = 0.55; // of all pixels have one of two tones, if ink reaches the border
const BROAD = 0.19; // of its longer side: wider than a stroke
export const THUMBNAIL = 100; // pixels of the shorter side; photographs of whole sheets are larger
const FILLED = 0.5; // of the box around the ink: thick strokes fill less
const SOFT = 1.0; // of the ink: more shades between it and the background are a shadow's
const INK = 24; // of 255: with less contrast it is not a drawing
const BOLD = 80; // of 255: fainter ink in a large picture may be pencil among other faint things
const BLACK = 8; // of 255: the maximum in the background of an image in the data's form
const OFF = 1.0; // pixels that such an image's ink may be off center

/** Return a gray image of the model's size if it, or its negative, looks like the training images; else null. */
export function inOwnForm(grey, form) {
  const { width, height } = grey;
  for (const data of [grey.data, grey.data.map((value) => 255 - value)]) {
    const light = plane(width, height, form.light ? data : data.map((value) => 255 - value));
    const border = light.data.filter(
      (_, i) => i < width || i >= width * (height - 1) || i % width === 0 || i % width === width - 1,
    );
    const box = inkBox(light, 64);
    const busy = border.reduce((sum, value) => sum + (value > BLACK), 0) / border.length;
    if (!box || (form.box < 0.9 && busy > 0.02) || light.data.reduce((a, b) => Math.max(a, b)) < 128) continue;
    if (light.data.reduce((a, b) => a + b) > 127 * light.data.length) continue; // its background is light
    const side = form.box * Math.min(height, width);
    if (box.longer < 0.85 * side || box.longer > 1.05 * side) continue;
    let off = Math.max(Math.abs(box.left + box.right - width), Math.abs(box.top + box.bottom - height)) / 2;
    if (form.centre === "mass") {
      const [x, y] = massCentre(light);
      off = Math.max(Math.abs(x - Math.floor(width / 2)), Math.abs(y - Math.floor(height / 2)));
    }
    if (off <= OFF * Math.max(1, side / 20)) return plane(width, height, data);
  }
  return null;
}

/** Return the ink, 0 to 1, on a background of one tone; null on others. `picture` is red, green and blue. */
export function flatInk(picture) {
  const { width, height, data } = picture;
  const level = groundLevel(picture);
  if (level === null) return null;
  const every = Math.max(1, Math.floor((width * height) / 10_000));
  const near = [];
  for (let i = 0; i < width * height; i += every) if (Math.abs(data[3 * i + 1] - level) <= TONE) near.push(i);
  if (!near.length) return null;
  const tone = [0, 1, 2].map((channel) => Math.trunc(median(near.map((i) => data[3 * i + channel]))));
  const difference = new Uint8Array(width * height);
  const counts = new Float64Array(256);
  for (let i = 0, at = 0; i < difference.length; i++, at += 3) {
    difference[i] = Math.max(
      Math.abs(data[at] - tone[0]),
      Math.abs(data[at + 1] - tone[1]),
      Math.abs(data[at + 2] - tone[2]),
    );
    counts[difference[i]]++;
  }
  const off = counts.slice(TONE + 1).reduce((a, b) => a + b, 0);
  if (!off) return plane(width, height);
  let [most, sum] = [TONE, 0];
  while (sum < 0.9 * off) sum += counts[++most];
  const ink = counts.slice(Math.trunc(0.4 * most) + 1).reduce((a, b) => a + b, 0);
  // Many soft shades are a shadow; the edges of a small drawing have as many.
  const large = Math.min(width, height) > THUMBNAIL;
  if (most < (large ? BOLD : INK) || (large && off - ink > SOFT * ink)) return null;
  const strength = Float32Array.from(counts, (_, value) => Math.min(1, Math.max(0, (value - TONE) / (most - TONE))));
  return plane(
    width,
    height,
    Float32Array.from(difference, (value) => strength[value]),
  );
}

const median = (values) => {
  const sorted = values.sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
};

/** Whether what stands out from the background covers much of its box: a sheet, a screen or a shadow, not strokes. */
export function isSolid(ink) {
  const box = inkBox(ink, 0.5);
  if (!box || box.width * box.height <= 0.2 * ink.data.length) return false;
  return ink.data.reduce((sum, value) => sum + (value > 0.5), 0) / (box.width * box.height) > FILLED;
}

/** Whether it is a shadow: it reaches the border and is wider than a stroke. */
export function isBroad(ink) {
  const box = inkBox(ink, 0.5);
  if (!box) return false;
  const { width, height } = ink;
  if (box.left && box.top && box.right < width && box.bottom < height) return false;
  const over = (x, y) =>
    x >= box.left && x < box.right && y >= box.top && y < box.bottom && ink.data[y * width + x] > 0.5;
  let [area, steps] = [0, 0];
  for (let y = box.top; y <= box.bottom; y++) {
    for (let x = box.left; x <= box.right; x++) {
      const here = over(x, y);
      area += here;
      steps += (here !== over(x, y - 1)) + (here !== over(x - 1, y));
    }
  }
  return 2 * area > BROAD * (Math.PI / 4) * steps * box.longer;
}

/** Return the background's level in green: that of nearly all the border, else the more common of two levels. */
function groundLevel({ width, height, data }) {
  const green = (x, y) => data[3 * (y * width + x) + 1];
  const along = new Float64Array(256);
  for (let x = 0; x < width; x++) [0, height - 1].forEach((y) => along[green(x, y)]++);
  for (let y = 0; y < height; y++) [0, width - 1].forEach((x) => along[green(x, y)]++);
  const all = new Float64Array(256);
  for (let at = 1; at < data.length; at += 3) all[data[at]]++;
  const share = (counts, total) => (level, reach) => {
    let sum = 0;
    for (let value = Math.max(0, level - reach); value <= Math.min(255, level + reach); value++) sum += counts[value];
    return sum / total;
  };
  const [everywhere, border] = [share(all, width * height), share(along, 2 * (width + height))];
  const usual = along.indexOf(along.reduce((a, b) => Math.max(a, b)));
  if (border(usual, TONE) >= BORDER && everywhere(usual, TONE) >= GROUND) return usual;
  const reaches = (part) => {
    let [level, sum] = [0, all[0]];
    while (sum < part * width * height) sum += all[++level];
    return level;
  };
  const [low, high] = [reaches(0.04), reaches(0.96)];
  const reach = Math.max(TONE, Math.floor((high - low) / 10));
  const large = Math.min(width, height) > THUMBNAIL;
  if (large && Math.max(everywhere(low, TONE), everywhere(high, TONE)) < LARGE_GROUND) return null;
  for (let level = low + reach + TONE; level <= high - reach - TONE; level += TONE)
    if (everywhere(level, TONE) > THIRD_TONE) return null;
  if (high - low < 4 * INK || everywhere(low, reach) + everywhere(high, reach) < TWO_TONES) return null;
  const ground =
    everywhere(low, reach) + border(low, reach) > everywhere(high, reach) + border(high, reach) ? low : high;
  return large && border(ground, TONE) < ALONG ? null : ground; // a frame, or a sheet and a table
}
