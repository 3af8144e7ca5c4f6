// The model in the browser, for exported pages. Its exports are those of the page's answers.js, which asks a server.

import { decoded } from "./decode.js";
import { fetched } from "./files.js";
import { Problem } from "./problem.js";
import { longestSide } from "./reader.js";
import { word } from "./words.js";

/** Whether pages are read as a server reads them. */
export const whole = false;

/** Where answers come from. */
export const where = (kind) =>
  [word("where.browser"), kind === "ink" && word("where.photos")].filter(Boolean).join(" ");

let facts = null; // a promise of the model's
let worker = null;
const waiting = new Map(); // number of the question -> {resolve, reject}
let broken = null;
let number = 0;
let listener = () => {};

function heard({ data }) {
  if (data.loading) {
    listener(data.loading);
  } else if (data.broken) {
    breakDown(data.broken);
  } else {
    const { resolve, reject } = waiting.get(data.number) ?? {};
    waiting.delete(data.number);
    if (data.error) reject?.(new Problem(data.error.key, data.error));
    else resolve?.(data.answer);
  }
}

/** A worker; a new one if the last one failed. */
function begin() {
  worker?.terminate();
  broken = null;
  worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
  worker.addEventListener("message", heard);
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    breakDown({ key: "not_started", detail: event.message ?? "" });
  });
  worker.postMessage({ load: true });
}

function breakDown(why) {
  broken = new Problem(why.key, why);
  for (const { reject } of waiting.values()) reject(broken);
  waiting.clear();
  listener({ done: true, error: broken });
}

/**
 * The model's facts, known before it can answer:
 * {name, classes, input_shape, kind: "ink" or "picture", threshold, ...}.
 *
 * @param progress receives {done, bytes, total or null if unknown, error} while the model loads.
 */
export async function model({ progress = () => {} } = {}) {
  listener = progress;
  if (!worker || broken) begin();
  facts = known();
  return facts;
}

const known = () => fetched("model.json", { cache: "no-cache" }).then((response) => response.json());

/** One image; see the page's answers.js. `source` is a canvas or a file of a picture. */
export async function predict(source, { input = true, heat = false, signal } = {}) {
  const pixels = await read(source);
  const answer = await ask({ one: pixels, heat }, signal);
  return {
    ...answer,
    input: input ? asPicture(answer.input) : undefined,
    heat: answer.heat ? asPicture(answer.heat) : undefined,
  };
}

/** Several characters; see the page's answers.js. */
export async function page(source, { signal } = {}) {
  const pixels = await read(source);
  const answer = await ask({ page: pixels }, signal);
  // Boxes in pixels of the original picture, which may have been shrunk for reading.
  for (const character of answer.characters)
    character.box = character.box.map((side) => Math.round(side / pixels.scale));
  return answer;
}

async function read(source) {
  const { input_shape: shape, form } = await (facts ??= known());
  return decoded(source, longestSide(shape, form));
}

async function ask(question, signal) {
  signal?.throwIfAborted();
  if (broken) throw broken;
  const mine = ++number;
  const answer = new Promise((resolve, reject) => {
    waiting.set(mine, { resolve, reject });
    signal?.addEventListener("abort", () => {
      waiting.delete(mine);
      worker.postMessage({ stop: mine });
      reject(signal.reason);
    });
  });
  worker.postMessage({ number: mine, ...question });
  return answer;
}

/** A data URL of {width, height, channels: 1, 3 or 4, data}. */
function asPicture({ width, height, channels, data }) {
  const image = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    for (let channel = 0; channel < 4; channel++) {
      image.data[4 * i + channel] =
        channel === 3 && channels < 4 ? 255 : data[channels === 1 ? i : channels * i + channel];
    }
  }
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas.toDataURL("image/png");
}
