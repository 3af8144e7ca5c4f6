// The cards of the images: what each shows, and its picture once it is seen.

import { picture } from "./server.js";
import { number, word } from "../words.js";

const AT_ONCE = 6; // pictures asked for
const REASONS = ["unread", "two_labels", "suspect", "unlabeled", "unsure"];
const STRONG = ["suspect", "two_labels", "unread"];
const TINY = 64; // pixels; smaller pictures show their pixels

const waiting = [];
let asking = 0;
const addresses = new Map(); // of pictures, by image

/** Make the card of an image. */
export function card(image) {
  const item = document.createElement("li");
  item.dataset.id = image.id;
  item.setAttribute("role", "option");
  item.setAttribute("aria-selected", "false");
  item.tabIndex = -1;
  const shot = made("div", "shot");
  item.append(shot, made("div", "says"), made("div", "why"), made("bdi", "file"));
  item.lastChild.dir = "ltr";
  item.lastChild.textContent = image.path;
  item.lastChild.title = image.path;
  if (image.error) shot.textContent = word("label.unread");
  else if (addresses.has(image.id)) put(shot, addresses.get(image.id));
  else waiting.push([image, shot]);
  fetchNext();
  return item;
}

/** Forget the pictures of images that are not shown. */
export function forgetBut(shown) {
  waiting.length = 0;
  for (const [id, address] of addresses) {
    if (shown.has(id)) continue;
    URL.revokeObjectURL(address);
    addresses.delete(id);
  }
}

/** Show what is known and decided about an image on its card. */
export function refresh(item, image, { flat, threshold, pathOf, saving, elsewhere }) {
  const decided = isDecided(image);
  item.classList.toggle("done", decided && !image.excluded);
  item.classList.toggle("out", image.excluded);
  item.classList.toggle("saving", saving);
  item.classList.toggle("elsewhere", elsewhere);
  item.classList.toggle("beside", image.beside !== undefined);
  const says = item.querySelector(".says");
  says.replaceChildren();
  if (decided) {
    if (image.filed && (image.excluded || image.label !== image.filed)) says.append(named("was gone", image.filed));
    says.append(image.excluded ? plain("now", word("label.excluded")) : named("now", image.label));
  } else {
    if (image.filed) says.append(named("was", image.filed));
    if (image.answer !== undefined) {
      const same = image.answer === image.filed;
      if (image.filed && !same) says.append(plain("was", "→"));
      const looks = image.proposal !== image.answer ? "maybe" : flat && image.sure >= threshold ? "same" : "to";
      if (!same) says.append(named(looks, image.answer));
      says.append(
        plain("sure", number(image.sure, { style: "percent", maximumFractionDigits: image.sure > 0.99 ? 1 : 0 })),
      );
    } else if (!image.filed) says.append(plain("was", "?"));
  }
  const why = item.querySelector(".why");
  why.textContent = decided ? by(image) : reason(image, flat, threshold, pathOf);
  why.classList.toggle("strong", !decided && STRONG.includes(image.reason));
  if (image.error) item.title = image.error;
}

/** Whether something was decided about an image. */
export const isDecided = (image) => image.excluded || image.label !== "";

function by(image) {
  const said = image.label === image.filed && !image.excluded ? "label.kept" : "label.decided";
  return word(said, { who: image.who || "?" });
}

function reason(image, flat, threshold, pathOf) {
  if (image.reason === "copy") return word("label.why.copy", { file: pathOf(image.beside) });
  if (image.reason === "two_labels" && image.beside !== undefined)
    return word("label.why.twin", { file: pathOf(image.beside) });
  if (image.reason === "unlabeled" && image.answer !== undefined && image.sure < threshold)
    return word("label.why.unknown");
  return word(`label.why.${REASONS.includes(image.reason) ? image.reason : "unsure"}`);
}

function fetchNext() {
  while (asking < AT_ONCE && waiting.length) {
    const [image, shot] = waiting.shift();
    asking += 1;
    picture(image.id)
      .then((address) => {
        addresses.set(image.id, address);
        put(shot, address);
      })
      .catch((error) => {
        shot.textContent = word("label.unread");
        shot.title = error.detail;
      })
      .finally(() => {
        asking -= 1;
        fetchNext();
      });
  }
}

function put(shot, address) {
  const shown = document.createElement("img");
  shown.alt = "";
  shown.draggable = false;
  shown.addEventListener("load", () => shown.classList.toggle("tiny", shown.naturalWidth <= TINY));
  shown.src = address;
  shot.replaceChildren(shown);
}

function made(tag, name) {
  const element = document.createElement(tag);
  element.className = name;
  return element;
}

function plain(name, text) {
  const element = made("span", name);
  element.textContent = text;
  return element;
}

function named(name, text) {
  const element = made("bdi", name);
  element.textContent = text;
  return element;
}
