// The model, over HTTP. An exported page has local/answers.js instead, with the model itself.

import { Problem, reported } from "./problem.js";
import { tokenInAddress } from "./token.js";
import { hasWord, word } from "./words.js";

let token = takeToken(); // kept in memory only
addEventListener("hashchange", () => {
  token = takeToken() ?? token;
});

/** Whether pages are read as `convlet predict --all` reads them. */
export const whole = true;

/** Where answers come from. */
export const where = () => word("where.server");

/** The model's facts: {name, classes, input_shape, kind: "ink" or "picture", threshold, ...}. */
export async function model() {
  return (await ask("model")).json();
}

/**
 * Ask about one image: {label, probability, known, empty, top: [[label, p], ...], probabilities, input, heat}, the last
 * two data URLs or undefined.
 *
 * @param source a canvas or an image file.
 */
export async function predict(source, { input = true, heat = false, signal } = {}) {
  const response = await ask(`predict?input=${Number(input)}&heat=${Number(heat)}`, await body(source), signal);
  return response.json();
}

/**
 * Ask about a page: {text, grid, rows, characters: [{box: [left, top, right, bottom], line, label, ...}]}; boxes are in
 * pixels.
 *
 * @param options grid: "9x9", expect: a pattern, print: "keep" or "drop"; each may be empty.
 */
export async function page(source, { signal, ...options } = {}) {
  const query = new URLSearchParams(Object.entries(options).filter(([, value]) => value));
  return (await ask(query.size ? `predict/page?${query}` : "predict/page", await body(source), signal)).json();
}

/**
 * Ask what is under /teach, where a server lets people teach: its JSON.
 *
 * @param options query: {name: value}; picture: a canvas or an image file; change: whether it changes something.
 */
export async function teaching(path, { query = {}, picture = null, change = picture !== null } = {}) {
  const words = new URLSearchParams(query);
  const image = picture && (await body(picture));
  return (await ask(`teach${path}${words.size ? `?${words}` : ""}`, image, undefined, change ? "POST" : "GET")).json();
}

async function ask(path, image = null, signal = undefined, method = image ? "POST" : "GET") {
  const headers = new Headers();
  if (token) headers.set("Authorization", `Bearer ${token}`);
  if (image) headers.set("Content-Type", image.type || "application/octet-stream");
  const request = { method, headers, body: image, signal, credentials: "omit", cache: "no-store" };
  const response = await fetch(path, request).catch((error) => {
    throw error.name === "AbortError"
      ? error
      : new Problem(navigator.onLine ? "unreachable" : "offline", { status: 0, retryAfter: 2 });
  });
  if (!response.ok) throw await refusal(response);
  return response;
}

async function refusal(response) {
  const said = await response.json().catch(() => ({}));
  const message = said.error?.message ?? said.error ?? said.detail ?? "";
  const seconds = Number.parseFloat(response.headers.get("Retry-After"));
  const again = Number.isFinite(seconds) ? seconds : response.status === 429 ? 2 : null;
  const known = (key) => hasWord(`problem.${key}`);
  return reported(response.status, said.error?.code ?? "", typeof message === "string" ? message : "", again, known);
}

async function body(source) {
  if (!(source instanceof HTMLCanvasElement)) return source;
  return new Promise((resolve, reject) => {
    source.toBlob((blob) => (blob ? resolve(blob) : reject(new Problem("too_large", { status: 413 }))), "image/png");
  });
}

/** Take the token from "#token=..." and out of the address, where others might read it. */
function takeToken() {
  const given = tokenInAddress();
  if (given) history.replaceState(null, "", location.pathname + location.search);
  return given;
}
