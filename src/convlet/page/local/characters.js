// Several characters on one page: connected ink becomes characters, and characters lines: convlet/reading/page.py.

import { percentile } from "./pixels.js";
import { around, likely } from "./strokes.js";

const MOST = 1500; // marks on a page; more form a texture
const SPECK = 0.3; // of a character's usual height; smaller isolated ink is a speck
const DOT = 0.12; // of the height: the least that may be part of a character
const LOW = 0.55; // of the height; lower ink may be the bar of a "5" or the dot of an "i"
const NEAR = 0.22; // of the height: lower ink belongs to a character this close
const SAME_LINE = 0.35; // of the lower one's height is at the height of its neighbor

const tall = (box) => box[3] - box[1];

/** The lines of the page from the top down: the characters of each from left to right, each a list of parts. */
export function lines(found) {
  const groups = characters(found).map((parts) => ({ parts, box: around(parts) }));
  const sorted = [];
  for (const group of groups.sort((one, other) => one.box[0] - other.box[0])) {
    let [best, most] = [null, SAME_LINE];
    for (const line of sorted) {
      const { box } = line.at(-1);
      const common = Math.min(group.box[3], box[3]) - Math.max(group.box[1], box[1]);
      const share = common / Math.max(1, Math.min(tall(group.box), tall(box)));
      if (share > most) [best, most] = [line, share];
    }
    if (best) best.push(group);
    else sorted.push([group]);
  }
  const middle = (line) => line.reduce((sum, { box }) => sum + box[1] + box[3], 0) / line.length;
  return sorted.sort((one, other) => middle(one) - middle(other));
}

/** The parts of each character. */
function characters(found) {
  const { width, height, parts } = found;
  const scores = likely(found);
  const best = Math.max(...scores);
  const good = parts.filter((_, i) => scores[i] > 0.02 * best);
  const high =
    0.3 *
    percentile(
      good.map((part) => part.height),
      0.9,
    );
  const usual = percentile(
    good.map((part) => part.height).filter((value) => value > high),
    0.5,
  );
  const level =
    0.3 *
    percentile(
      good.map((part) => part.level),
      0.5,
    );
  const kept = parts.filter(({ box, touch, ...part }) => {
    const beside = Math.min(box[0], box[1], width - box[2], height - box[3]) < 4;
    const edge =
      touch > 0.5 || (beside && (Math.min(part.width, part.height) < 0.1 * usual || part.height < SPECK * usual));
    const sized = part.longer > DOT * usual && part.longer < 5 * usual && part.area > 0.0005 * usual ** 2;
    return part.level > level && !edge && sized;
  });
  if (kept.length > MOST) return [];
  const groups = kept.sort((one, other) => other.height - one.height).map((part) => [part]);
  const boxes = groups.map(around);
  for (let place = 0; place < groups.length;) {
    const met = boxes.findIndex((box, i) => i !== place && overlap(boxes[place], box, usual));
    if (met < 0) {
      place++;
      continue;
    }
    // Earlier boxes can overlap only what has just grown here: no need to start over.
    const other = Math.max(place, met);
    place = Math.min(place, met);
    groups[place].push(...groups.splice(other, 1)[0]);
    boxes.splice(other, 1);
    boxes[place] = around(groups[place]);
  }
  const large = groups.filter((group) => tall(around(group)) > LOW * usual);
  const outlines = large.map((group) => points(found, group));
  const alone = [];
  for (const group of groups.filter((group) => !large.includes(group))) {
    const mine = points(found, group);
    const gaps = outlines.map((outline) => gap(mine, outline));
    const nearest = gaps.indexOf(Math.min(...gaps));
    if (gaps.length && gaps[nearest] < NEAR * usual && tall(around([...large[nearest], ...group])) < 1.5 * usual) {
      large[nearest].push(...group);
    } else if (
      Math.max(...group.map((part) => part.longer)) > SPECK * usual &&
      inALine(around(group), large.map(around), usual)
    ) {
      alone.push(group);
    }
  }
  return [...large, ...alone];
}

/** Whether a box is level with a character close to its left or right. */
function inALine(box, others, usual) {
  const middle = (box[1] + box[3]) / 2;
  return others.some(
    (other) => other[1] < middle && middle < other[3] && Math.max(other[0] - box[2], box[0] - other[2]) < 2 * usual,
  );
}

/** A few hundred pixels of a character: [y, x]. */
function points({ width, labels }, group) {
  const [left, top, right, bottom] = around(group);
  const numbers = new Set(group.map((part) => part.number));
  const all = [];
  for (let y = top; y < bottom; y++)
    for (let x = left; x < right; x++) if (numbers.has(labels[y * width + x])) all.push([y, x]);
  const every = Math.max(1, Math.floor(all.length / 300));
  return all.filter((_, i) => i % every === 0);
}

function gap(some, others) {
  let least = Infinity;
  for (const [y, x] of some) for (const [v, u] of others) least = Math.min(least, (y - v) ** 2 + (x - u) ** 2);
  return Math.sqrt(least);
}

/** Whether two boxes hold strokes of one character: one above the other, and not two tall overlapping characters. */
function overlap(one, other, usual) {
  const across = Math.min(one[2], other[2]) - Math.max(one[0], other[0]);
  const down = Math.min(one[3], other[3]) - Math.max(one[1], other[1]);
  const together = Math.max(one[3], other[3]) - Math.min(one[1], other[1]);
  if (together > 1.5 * usual || Math.min(tall(one), tall(other)) > 0.8 * usual) return false;
  return across > 0.5 * Math.min(one[2] - one[0], other[2] - other[0]) && down > -0.2 * usual;
}
