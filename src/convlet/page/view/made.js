// Elements with texts. Nothing that a run says is ever taken for HTML.

/** An element with a class, and texts or elements in it. */
export function made(tag, name = "", ...inside) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  element.append(...inside);
  return element;
}

/** An element with a text from outside, which keeps its own direction of writing. */
export const own = (tag, name, text) =>
  tag === "bdi" ? made(tag, name, text ?? "") : made(tag, name, made("bdi", "", text ?? ""));

/** A command, always from left to right. */
export const command = (text) => {
  const element = made("code", "", text);
  element.dir = "ltr";
  return element;
};

/** A path as a shell takes it. */
export const quoted = (path) => (/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);
