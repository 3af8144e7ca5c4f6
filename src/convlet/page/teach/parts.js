// What the parts of teaching share: elements, and problems in words.

import { sendable } from "../problem.js";
import { word } from "../words.js";

export const at = (id) => document.getElementById(id);

/** An element with attributes and children; texts among them are texts, whoever wrote them. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Show a problem in the element `id`, which has a text and a detail; null hides it. */
export function showProblemIn(id, error) {
  const place = at(id);
  place.hidden = !error;
  if (!error) return;
  const { key, values, detail } = error.key ? error : sendable(error);
  const [text, more] = place.querySelectorAll("span");
  text.textContent = word(`problem.${key}`, values);
  more.textContent = detail;
}
