// Where the model looked: how its answer changes when a part of the image is covered, as in convlet/explanations.

import { picture, roundEven } from "./pixels.js";

const PATCH = 1 / 6; // of the image's shorter side is covered at a time
const STEPS = 14; // places of the cover along the longer side at most; half of Python's, for phones
const SMALLEST = 1e-6; // of a probability: below it, differences in its logarithm are meaningless
const [AGAINST, FOR] = [
  [33, 102, 172],
  [230, 97, 1],
]; // blue and orange: color-blind people can tell these apart
const [PAPER, INK] = [238, 120]; // where nothing matters in a drawing
const SHARE = 0.6; // of color at most over a picture, so that it shows through

/**
 * Return a picture of the input's size: gray where nothing mattered, orange for the answer, blue against it.
 *
 * @param input what the model takes.
 * @param row what it answered, a probability for each class.
 * @param form how its training images look: ink is covered with its background, a picture with its mean color.
 * @param ask gives a row for each of a list of inputs.
 */
export async function heat(input, row, form, ask) {
  const { width, height, channels, data } = input;
  const answer = row.indexOf(Math.max(...row));
  const side = Math.max(2, roundEven(PATCH * Math.min(width, height)));
  const step = Math.max(1, Math.floor(Math.max(width, height) / STEPS));
  const ground = Array.from({ length: channels }, (_, channel) => {
    if (form.kind === "ink") return form.light ? 0 : 255;
    const values = data.filter((_, i) => i % channels === channel);
    return roundEven(values.reduce((a, b) => a + b, 0) / values.length);
  });
  const pixels = ([left, top]) => {
    const list = [];
    for (let y = Math.max(0, top); y < Math.min(height, top + side); y++) {
      for (let x = Math.max(0, left); x < Math.min(width, left + side); x++) list.push(y * width + x);
    }
    return list;
  };
  const places = [];
  for (let top = 1 - side; top < height; top += step)
    for (let left = 1 - side; left < width; left += step) places.push(pixels([left, top]));
  // If there is nothing to cover, nothing changes.
  const covering = places.filter((place) =>
    place.some((i) => ground.some((value, channel) => data[channels * i + channel] !== value)),
  );
  const rows = await ask(
    covering.map((place) => {
      const copy = data.slice();
      for (const i of place) copy.set(ground, channels * i);
      return picture(width, height, channels, copy);
    }),
  );
  const change = new Map(covering.map((place, i) => [place, logOdds(row[answer]) - logOdds(rows[i][answer])]));
  const [sums, counts] = [new Float64Array(width * height), new Float64Array(width * height)];
  for (const place of places) {
    for (const i of place) {
      sums[i] += change.get(place) ?? 0;
      counts[i]++;
    }
  }
  return overlay(
    input,
    sums.map((sum, i) => sum / Math.max(1, counts[i])),
    form,
  );
}

function logOdds(probability) {
  const clipped = Math.min(1 - SMALLEST, Math.max(SMALLEST, probability));
  return Math.log(clipped / (1 - clipped));
}

function overlay({ width, height, channels, data }, values, form) {
  const grey = Float64Array.from(
    values,
    (_, i) => data.slice(channels * i, channels * (i + 1)).reduce((a, b) => a + b) / channels,
  );
  const ink = form.kind === "ink";
  const [light, dark, most] = ink ? [PAPER, INK, 1] : [255, 0, SHARE];
  const negative = ink && grey.reduce((a, b) => a + b) / grey.length < 127;
  const hottest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
  const result = new Uint8Array(3 * values.length);
  values.forEach((value, i) => {
    const ground = light + ((dark - light) * (negative ? grey[i] : 255 - grey[i])) / 255;
    const colour = value > 0 ? FOR : AGAINST;
    for (let channel = 0; channel < 3; channel++) {
      result[3 * i + channel] = roundEven(ground + (colour[channel] - ground) * ((most * Math.abs(value)) / hottest));
    }
  });
  return picture(width, height, 3, result);
}
