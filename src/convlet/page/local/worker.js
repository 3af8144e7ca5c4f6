// The model and the reader, in a separate thread, so that drawing never waits for them.

import { InferenceSession, Tensor, env } from "./runtime/ort.wasm.bundle.min.js";

import { fetched, requireWhole } from "./files.js";
import { heat } from "./heat.js";
import { sendable } from "./problem.js";
import { readImage, readPage } from "./reader.js";

const RUNTIME = "runtime/ort-wasm-simd-threaded.wasm";
const TOP = 3;
const EMPTY = 16; // of 255: an image with less contrast shows nothing
const BATCH = 32; // images per call; a newer question may arrive between batches

const stopped = new Set();
let model = null; // a promise of {facts, probabilities}

addEventListener("message", async ({ data }) => {
  if (data.stop) {
    stopped.add(data.stop);
    return;
  }
  model ??= load();
  if (data.load) {
    model.catch(() => {}); // load has said it
    return;
  }
  try {
    const { facts, probabilities } = await model;
    await turn(); // a stop sent in the meantime is read first
    const ask = (images) => inBatches(images, probabilities, data.number);
    const answer = data.page ? await page(data.page, facts, ask) : await one(data.one, facts, ask, data.heat);
    if (!stopped.has(data.number)) postMessage({ number: data.number, answer });
  } catch (error) {
    if (!stopped.has(data.number)) postMessage({ number: data.number, error: sendable(error) });
  }
  stopped.delete(data.number);
});

async function load() {
  try {
    const [facts, file, runtime] = await Promise.all([
      fetched("model.json").then((response) => response.json()),
      fetched("model.onnx").then((response) => response.arrayBuffer()),
      fetched(RUNTIME, { unchecked: true }).then(counted),
    ]);
    await requireWhole(RUNTIME, runtime);
    env.logLevel = "error";
    env.wasm.numThreads = 1;
    env.wasm.wasmBinary = runtime;
    const session = await InferenceSession.create(file, {
      executionProviders: ["wasm"],
      graphOptimizationLevel: "all",
    });
    const probabilities = async (images, [height, width, channels]) => {
      const size = height * width * channels;
      const pixels = new Uint8Array(images.length * size);
      images.forEach((image, i) => pixels.set(image.data, i * size));
      const tensor = new Tensor("uint8", pixels, [images.length, height, width, channels]);
      const { data } = (await session.run({ [session.inputNames[0]]: tensor }))[session.outputNames[0]];
      const classes = data.length / images.length;
      return images.map((_, i) => Array.from(data.subarray(i * classes, (i + 1) * classes)));
    };
    postMessage({ loading: { done: true } });
    return { facts, probabilities: (images) => probabilities(images, facts.input_shape) };
  } catch (error) {
    postMessage({ broken: sendable(error, "not_loaded") });
    throw error;
  }
}

/** The bytes of a response, reported as they arrive. */
async function counted(response) {
  const total = response.headers.has("Content-Encoding")
    ? null
    : Number(response.headers.get("Content-Length")) || null;
  const chunks = [];
  let bytes = 0;
  for (
    let reader = response.body.getReader(), { value, done } = await reader.read();
    !done;
    { value, done } = await reader.read()
  ) {
    chunks.push(value);
    bytes += value.length;
    postMessage({ loading: { done: false, bytes, total } });
  }
  return new Blob(chunks).arrayBuffer();
}

async function inBatches(images, probabilities, number) {
  const rows = [];
  for (let start = 0; start < images.length; start += BATCH) {
    if (start) await turn();
    if (stopped.has(number)) throw new Error("stopped");
    rows.push(...(await probabilities(images.slice(start, start + BATCH))));
  }
  return rows;
}

const turn = () =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = resolve;
    port2.postMessage(null);
  });

async function one(pixels, facts, ask, withHeat) {
  const input = readImage(pixels, facts.input_shape, facts.form);
  const [row] = await ask([input]);
  const answer = judged(row, input, facts);
  const map = withHeat && !answer.empty ? await heat(input, row, facts.form, ask) : undefined;
  return { ...answer, input, heat: map };
}

async function page(pixels, facts, ask) {
  const found = facts.form.kind === "ink" ? readPage(pixels, facts.input_shape, facts.form) : [];
  const rows = await ask(found.map(({ input }) => input));
  const characters = found.map(({ input, box, line }, i) => {
    const { label, probability, known, empty, top } = judged(rows[i], input, facts);
    return { box, line, label, probability, top, known, empty };
  });
  return { text: text(characters), characters };
}

/** A class for each character, "?" for unknown ones; classes of several letters are separated by spaces. */
function text(characters) {
  const written = [];
  for (const { line, label, known } of characters) (written[line] ??= []).push(known ? label : "?");
  const between = written.flat().some((label) => [...label].length > 1) ? " " : "";
  return written.map((line) => line.join(between)).join("\n");
}

/** Return the answer for a row of probabilities, like convlet/prediction/predictor.py. */
function judged(row, { data, channels }, { classes, threshold, form }) {
  const best = row.map((_, i) => i).sort((one, other) => row[other] - row[one]);
  const top = best.slice(0, TOP).map((i) => [classes[i], row[i]]);
  const probabilities = Object.fromEntries(classes.map((name, i) => [name, row[i]]));
  const spread = Array.from({ length: channels }, (_, channel) => {
    let [low, high] = [255, 0];
    for (let i = channel; i < data.length; i += channels)
      [low, high] = [Math.min(low, data[i]), Math.max(high, data[i])];
    return high - low;
  });
  const [[label, probability]] = top;
  if (form.kind === "ink" && Math.max(...spread) < EMPTY)
    return { label: "empty", probability: 0, known: false, empty: true, top, probabilities };
  return { label, probability, known: probability >= (threshold ?? 0), empty: false, top, probabilities };
}
