// From a picture's file to its pixels, upright and no larger than needed, like convlet/reading/decode.py.

import { Problem } from "./problem.js";

const STRIP = 4_000_000; // pixels of the picture in memory at once
const DRAFTS = [8, 4, 2]; // factors by which a JPEG may be reduced while decoding

/**
 * The pixels of a canvas, or of a picture's file: {width, height, data, scale}.
 *
 * @param longest pixels of the longer side that are needed; a picture more than twice as large is reduced by a
 *   whole factor.
 * @returns data: red, green, blue and opacity, as in a canvas; scale: the factor of reduction.
 */
export async function decoded(source, longest) {
  if (source instanceof HTMLCanvasElement) {
    const { width, height } = source;
    return { width, height, data: source.getContext("2d").getImageData(0, 0, width, height).data, scale: 1 };
  }
  const bitmap = await createImageBitmap(source, { colorSpaceConversion: "none" }).catch(() => {
    throw new Problem("not_an_image", { status: 415 });
  });
  const read = reduced(bitmap, factorFor(bitmap, longest, await isJpeg(source)));
  bitmap.close();
  return read;
}

/** The factor by which the picture is reduced while it is read. */
function factorFor({ width, height }, longest, jpeg) {
  const side = Math.max(width, height);
  if (!jpeg) return Math.max(1, Math.floor(side / longest));
  const wanted = (length) => Math.max(1, Math.floor((length * longest) / side));
  const most = Math.min(Math.floor(width / wanted(width)), Math.floor(height / wanted(height)));
  return DRAFTS.find((factor) => factor <= most) ?? 1;
}

async function isJpeg(file) {
  const [first, second] = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  return first === 0xff && second === 0xd8;
}

/** Read a picture strip by strip; each pixel is the mean of the ones it replaces, weighted by opacity. */
function reduced(bitmap, factor) {
  const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.ceil(side / factor));
  const data = new Uint8ClampedArray(4 * width * height);
  const rows = Math.max(1, Math.floor(STRIP / (bitmap.width * factor))); // of the result
  const canvas = document.createElement("canvas");
  canvas.width = bitmap.width;
  canvas.height = Math.min(rows * factor, bitmap.height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  for (let top = 0; top < height; top += rows) {
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.drawImage(bitmap, 0, -top * factor);
    const strip = context.getImageData(0, 0, bitmap.width, Math.min(canvas.height, bitmap.height - top * factor));
    data.set(factor === 1 ? strip.data : means(strip, width, factor), 4 * top * width);
  }
  return { width, height, data, scale: width / bitmap.width };
}

function means({ width, height, data }, columns, factor) {
  const result = new Uint8ClampedArray(4 * columns * Math.ceil(height / factor));
  for (let to = 0, y = 0; y < height; y += factor) {
    for (let x = 0; x < width; x += factor, to += 4) {
      const [bottom, right] = [Math.min(height, y + factor), Math.min(width, x + factor)];
      const sums = [0, 0, 0, 0];
      for (let row = y; row < bottom; row++) {
        for (let at = 4 * (row * width + x), end = 4 * (row * width + right); at < end; at += 4) {
          const opacity = data[at + 3];
          sums[0] += data[at] * opacity;
          sums[1] += data[at + 1] * opacity;
          sums[2] += data[at + 2] * opacity;
          sums[3] += opacity;
        }
      }
      for (let channel = 0; channel < 3; channel++) result[to + channel] = sums[3] ? sums[channel] / sums[3] : 0;
      result[to + 3] = sums[3] / ((bottom - y) * (right - x));
    }
  }
  return result;
}
