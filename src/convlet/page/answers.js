// The model, asked over HTTP. An exported page has another file of this name, with the model itself: local/answers.js.

import { Problem } from "./problem.js";

let token = takeToken(); // kept in memory only
addEventListener("hashchange", () => {
  token = takeToken() ?? token;
});

/** Where answers come from, in a sentence. */
export const where = "What you draw or choose is sent to the server that this page came from, and to no other.";

/** What the model is: {name, classes, input_shape, kind: "ink" or "picture", threshold, ...}. */
export async function model() {
  return (await ask("model")).json();
}

/**
 * One image: {label, probability, known, top: [[label, p], ...], probabilities, input: data URL, heat: data URL or undefined}.
 *
 * @param source a canvas, or a file of a picture.
 */
export async function predict(source, { input = true, heat = false, signal } = {}) {
  const response = await ask(`predict?input=${Number(input)}&heat=${Number(heat)}`, await body(source), signal);
  return response.json();
}

/** Several characters: {text, characters: [{box: [left, top, right, bottom], line, label, probability, known}]}, boxes in pixels. */
export async function page(source, { signal } = {}) {
  return (await ask("predict/page", await body(source), signal)).json();
}

async function ask(path, image = null, signal = undefined) {
  const headers = new Headers();
  if (token) headers.set("Authorization", `Bearer ${token}`);
  if (image) headers.set("Content-Type", image.type || "application/octet-stream");
  const request = { method: image ? "POST" : "GET", headers, body: image, signal, credentials: "omit", cache: "no-store" };
  const response = await fetch(path, request).catch((error) => {
    throw error.name === "AbortError" ? error : new Problem(0, "", 2);
  });
  if (!response.ok) throw await refusal(response);
  return response;
}

async function refusal(response) {
  const said = await response.json().catch(() => ({}));
  const message = said.error?.message ?? said.error ?? said.detail ?? "";
  const seconds = Number.parseFloat(response.headers.get("Retry-After"));
  const usual = response.status === 429 ? 2 : null;
  return new Problem(response.status, typeof message === "string" ? message : "", Number.isFinite(seconds) ? seconds : usual);
}

async function body(source) {
  return source instanceof HTMLCanvasElement ? new Promise((resolve, reject) => source.toBlob((blob) => (blob ? resolve(blob) : reject(new Problem(413))), "image/png")) : source;
}

/** The token from "#token=...", which disappears from the address so that nobody reads it there. */
function takeToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) history.replaceState(null, "", location.pathname + location.search);
  return given;
}
