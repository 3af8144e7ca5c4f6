// From any picture to what a model takes, as convlet/reading does it in Python.
//
// Images in the data's own form and drawings on a background of one tone give the same, within a gray level or two.
// Photographs on uneven backgrounds are read in a simpler way here, and better by a server.

import { lines } from "./characters.js";
import { inOwnForm } from "./flat.js";
import { characterIn, inkOnPage } from "./photo.js";
import { grey, opaque, picture, resized, roundEven, within } from "./pixels.js";
import { blank, placed } from "./place.js";
import { cutOut } from "./strokes.js";

const DETAIL = 1200; // pixels of the longer side at which a photograph is read
const FINER = 0.16; // of the standard deviation: how much an enlarged image differs once reduced and enlarged again
const STRETCH = 1.1; // an invisible distortion

/**
 * Read one image as a model's input.
 *
 * @param canvas {width, height, data}: red, green, blue and opacity, as in a canvas.
 * @param shape [height, width, channels] that the model takes.
 * @param form {kind, light, box, centre, fit}: how its training images look.
 * @returns {width, height, channels, data}, bytes.
 */
export function readImage(canvas, shape, form) {
  const [height, width, channels] = shape;
  const image = within(opaque(canvas), longestSide(shape, form));
  if (form.kind !== "ink") return fitted(image, shape, form.fit);
  const own = ownForm(grey(image), width, height, form);
  if (own) return withChannels(own, channels);
  const ink = characterIn(image);
  return ink ? placed(ink, shape, form) : blank(shape, form);
}

/** Pixels of the longer side at which a picture is read. */
export const longestSide = (shape, form) => (form.kind === "ink" ? DETAIL : 4 * Math.max(...shape));

/** The picture in the training images' form, if it has it or had it before it was enlarged; else null. */
function ownForm(image, width, height, form) {
  if (image.width === width && image.height === height) return inOwnForm(image, form);
  if (image.width * height !== image.height * width || image.width < 2 * width) return null;
  const small = resized(image, width, height, "box");
  const own = inOwnForm(small, form);
  if (!own) return null;
  const { data } = image;
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  const deviation = Math.sqrt(data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length);
  for (const enlarging of ["box", "bicubic"]) {
    const again = resized(small, image.width, image.height, enlarging).data;
    const finer = data.reduce((sum, value, i) => sum + Math.abs(value - again[i]), 0) / data.length;
    if (finer < FINER * deviation) return own;
  }
  return null;
}

/**
 * Find the characters in a picture, in reading order:
 * a list of {input, box: [left, top, right, bottom] in its pixels, line}.
 */
export function readPage(canvas, shape, form) {
  const image = within(opaque(canvas), DETAIL);
  const found = inkOnPage(image);
  if (!found) return [];
  const enlarged = (canvas.width / image.width) * found.scale;
  return lines(found).flatMap((line, number) =>
    line.map(({ parts, box }) => ({
      input: placed(cutOut(found.missing, found, parts), shape, form),
      box: box.map((side) => roundEven(side * enlarged)),
      line: number,
    })),
  );
}

/** The picture in the model's size: stretched, cropped to its middle, or by default whole, on its border's color. */
function fitted(image, [height, width, channels], fit) {
  if (image.width === width && image.height === height) return withChannels(image, channels);
  const [across, down] = [width / image.width, height / image.height];
  if (fit === "stretch" || Math.max(across, down) <= STRETCH * Math.min(across, down)) {
    return withChannels(resized(image, width, height, "bicubic"), channels);
  }
  if (fit === "crop") {
    const kept = [width, height].map((side) => side / Math.max(across, down));
    const [left, top] = [(image.width - kept[0]) / 2, (image.height - kept[1]) / 2];
    return withChannels(resized(image, width, height, "bicubic", [left, top, left + kept[0], top + kept[1]]), channels);
  }
  const scale = Math.min(across, down);
  const size = [image.width, image.height].map((side) => Math.max(1, roundEven(side * scale)));
  const part = resized(image, ...size, "bicubic");
  const colour = [0, 1, 2].map((channel) => borderTone(part, channel));
  const all = picture(
    width,
    height,
    3,
    Uint8Array.from({ length: width * height * 3 }, (_, i) => colour[i % 3]),
  );
  const [left, top] = [Math.floor((width - part.width) / 2), Math.floor((height - part.height) / 2)];
  for (let y = 0; y < part.height; y++) {
    all.data.set(part.data.subarray(3 * y * part.width, 3 * (y + 1) * part.width), 3 * ((top + y) * width + left));
  }
  return withChannels(all, channels);
}

function borderTone({ width, height, data }, channel) {
  const values = [];
  for (let x = 0; x < width; x++) values.push(data[3 * x + channel], data[3 * ((height - 1) * width + x) + channel]);
  for (let y = 0; y < height; y++)
    values.push(data[3 * y * width + channel], data[3 * ((y + 1) * width - 1) + channel]);
  values.sort((a, b) => a - b);
  return Math.trunc((values[values.length / 2 - 1] + values[values.length / 2]) / 2);
}

function withChannels(image, channels) {
  if (image.channels === channels) return image;
  if (channels === 1) return grey(image);
  return picture(
    image.width,
    image.height,
    3,
    Uint8Array.from({ length: 3 * image.data.length }, (_, i) => image.data[Math.floor(i / 3)]),
  );
}
