// Connected ink: the character, or specks, borders and shadows: convlet/reading/strokes.py.

import { cut } from "./place.js";
import { percentile, plane } from "./pixels.js";

const STANDS_OFF = 0.25; // of the character's size: the most between it and a detached bar
const BROKEN = 0.13; // of the size: the most between pieces of one stroke
const LINE = 0.012; // of its length: thinner than any pen
const [FILLS, IN_PLACES] = [0.6, 0.9]; // of the picture's sides, and of a part's longer side along the border

/**
 * Find connected parts of at least `least` pixels over a threshold; null if there are none.
 *
 * `labels` has the number of each pixel's part, from 1. A part has a number, a box, an area in pixels, the strength of
 * its ink (level), the steep share of its outline (sharp, 1 without `steep`), and, relative to its longer side, the
 * width of its strokes (thick) and the length of border that it covers (touch).
 */
export function findParts(ink, over, least, steep = null) {
  const { width, height, data } = ink;
  const labels = new Int32Array(data.length);
  const parts = [];
  const seen = new Uint8Array(data.length);
  const stack = new Int32Array(data.length);
  for (let start = 0; start < data.length; start++) {
    if (seen[start] || !(data[start] > over)) continue;
    let [count, done] = [1, 0];
    stack[0] = start;
    seen[start] = 1;
    while (done < count) {
      const i = stack[done++];
      const x = i % width;
      for (const row of [i - width, i, i + width]) {
        for (let j = row - (x > 0); j <= row + (x < width - 1); j++) {
          if (j >= 0 && j < data.length && !seen[j] && data[j] > over) {
            seen[j] = 1;
            stack[count++] = j;
          }
        }
      }
    }
    if (count < least) continue;
    const part = { number: parts.length + 1, box: [width, height, 0, 0], area: count };
    for (let k = 0; k < count; k++) labels[stack[k]] = part.number;
    parts.push(part);
  }
  if (!parts.length) return null;
  for (const part of parts) Object.assign(part, { ink: 0, squares: 0, steps: 0, rim: [], touch: 0 });
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (!labels[i]) continue;
      const part = parts[labels[i] - 1];
      const { box } = part;
      if (x < box[0]) box[0] = x;
      if (y < box[1]) box[1] = y;
      if (x >= box[2]) box[2] = x + 1;
      if (y >= box[3]) box[3] = y + 1;
      const [left, right, top, bottom] = [x === 0, x === width - 1, y === 0, y === height - 1];
      const off = (edge, j) => edge || labels[j] !== labels[i];
      const steps = off(top, i - width) + off(bottom, i + width) + off(left, i - 1) + off(right, i + 1);
      part.touch += left + right + top + bottom;
      part.steps += steps;
      part.ink += data[i];
      part.squares += data[i] ** 2;
      if (steps && steep) part.rim.push(steepest(steep, x, y));
    }
  }
  for (const part of parts) {
    const [left, top, right, bottom] = part.box;
    part.width = right - left;
    part.height = bottom - top;
    part.longer = Math.max(part.width, part.height);
    part.level = part.squares / Math.max(part.ink, 1e-6);
    part.sharp = steep ? part.rim.filter((value) => value > 0.2 * part.level).length / Math.max(1, part.rim.length) : 1;
    part.thick = (2 * part.area) / Math.max(1, (Math.PI / 4) * part.steps) / part.longer;
    part.touch /= part.longer;
    delete part.rim;
  }
  return { width, height, labels, parts };
}

/** The largest of the nine values around a pixel. */
function steepest({ width, height, data }, x, y) {
  let most = 0;
  for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row++) {
    for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column++)
      most = Math.max(most, data[row * width + column]);
  }
  return most;
}

/** The box around parts: left, top, right, bottom. */
export function around(parts) {
  return [0, 1, 2, 3].map((side) => (side < 2 ? Math.min : Math.max)(...parts.map((part) => part.box[side])));
}

/** How much each part looks like handwriting: much ink, long thin strokes with sharp edges, away from the border. */
export function likely(found) {
  const { width, height, parts } = found;
  return parts.map((part) => {
    const thin = 1 / (1 + (part.thick / 0.25) ** 2);
    const inside = 1 / (1 + 10 * part.touch ** 2);
    const [wide, tall] = [part.width / width, part.height / height];
    const cutTightly = Math.min(wide, tall) > FILLS && part.touch < IN_PLACES;
    let across = (wide > 0.97 || tall > 0.97) && part.touch > 0 && !cutTightly ? 0.03 : 1;
    if (part.longer > 0.4 * Math.min(height, width) && isFrame(found, part)) across = 1e-4;
    if (part.thick < LINE && part.longer > 0.7 * Math.min(height, width)) across = 0.03;
    return part.level ** 1.5 * Math.sqrt(part.area) * part.longer * part.sharp ** 4 * thin * inside * across;
  });
}

/** Whether a part runs along all four sides of its box and leaves the middle empty. */
function isFrame({ width: row, labels }, part) {
  const [left, top] = part.box;
  const { width, height } = part;
  const rim = Math.max(1, Math.round(0.08 * Math.min(height, width)));
  if (Math.min(height, width) < 8) return false;
  const columns = { top: new Set(), bottom: new Set() };
  const rows = { left: new Set(), right: new Set() };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (labels[(top + y) * row + left + x] !== part.number) continue;
      if (y >= 2 * rim && y < height - 2 * rim && x >= 2 * rim && x < width - 2 * rim) return false;
      if (y < rim) columns.top.add(x);
      if (y >= height - rim) columns.bottom.add(x);
      if (x < rim) rows.left.add(y);
      if (x >= width - rim) rows.right.add(y);
    }
  }
  const sides = [
    columns.top.size / width,
    columns.bottom.size / width,
    rows.left.size / height,
    rows.right.size / height,
  ];
  return sides.filter((side) => side > 0.9).length >= 3;
}

/** Return the likeliest character's parts: the likeliest part, and the strokes and broken pieces near it. */
export function together({ parts }, scores) {
  const best = scores.reduce((most, score, i) => (score > scores[most] ? i : most), 0);
  const main = parts[best];
  const [size, tall] = [main.longer, main.height];
  const alike = parts.filter(
    (part, i) =>
      part.level > 0.4 * main.level &&
      scores[i] > 0.002 * scores[best] &&
      part.sharp > 0.5 &&
      part.longer > 0.08 * size &&
      part.touch < Math.max(0.6, 1.5 * main.touch),
  );
  // A stroke of the same character may be detached; an equally tall one next to it is another character.
  const near = alike.filter(({ box, longer, height }) => {
    const aside = Math.max(box[0] - main.box[2], main.box[0] - box[2]);
    const apart = Math.max(aside, box[1] - main.box[3], main.box[1] - box[3]);
    const stroke = longer > 0.25 * size && (aside <= 0 || height < 0.6 * tall);
    return apart < (stroke ? STANDS_OFF : BROKEN) * size + 1;
  });
  return [main, ...near.filter((part) => part !== main)];
}

/** Only the chosen parts, in the box around them with a margin, the strongest ink at 1. */
export function cutOut(ink, found, chosen) {
  const { width, height, labels } = found;
  const box = around(chosen);
  const [left, top] = [Math.max(0, box[0] - 3), Math.max(0, box[1] - 3)];
  const [right, bottom] = [Math.min(width, box[2] + 3), Math.min(height, box[3] + 3)];
  const missing = cut(ink, left, top, right, bottom);
  const numbers = new Set(chosen.map((part) => part.number));
  const mine = missing.data.map((_, i) =>
    numbers.has(labels[(top + Math.floor(i / missing.width)) * width + left + (i % missing.width)]),
  );
  const level = percentile(
    missing.data.filter((_, i) => mine[i]),
    0.8,
  );
  const strong = missing.data.map((value, i) => mine[i] && value > 0.4 * level);
  if (!strong.some(Boolean)) return plane(missing.width, missing.height);
  const full =
    0.9 *
    percentile(
      missing.data.filter((_, i) => strong[i]),
      0.75,
    );
  const near = dilated(dilated(plane(missing.width, missing.height, strong))); // keep the gray edges
  return plane(
    missing.width,
    missing.height,
    missing.data.map((value, i) => (near.data[i] ? Math.min(1, Math.max(0, value / full)) : 0)),
  );
}

function dilated({ width, height, data }) {
  return plane(
    width,
    height,
    data.map(
      (value, i) =>
        value ||
        data[i - width] ||
        data[i + width] ||
        (i % width && data[i - 1]) ||
        ((i + 1) % width && data[i + 1]) ||
        0,
    ),
  );
}
