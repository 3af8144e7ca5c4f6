// What was taught: the newest examples of each class; some can be chosen, then moved or taken back.

import { word } from "../words.js";
import { at, element } from "./parts.js";

/**
 * @param ask (path, options) => JSON of the server, which also shows the new state.
 * @param read (class, start) => {images, examples}.
 */
export function offerGallery({ change, read, problem }) {
  const open = new Map(); // class to what is shown of it
  const chosen = new Set(); // ids
  let shown = "";

  async function fill(name, part) {
    const { images, examples } = await read(name, 0);
    const list = part.querySelector("ol");
    list.replaceChildren(...examples.map(thumb));
    const more = part.querySelector("button.teach-more");
    more.hidden = examples.length >= images;
    more.onclick = async () => {
      const { examples: next } = await read(name, list.children.length).catch((error) => {
        problem(error);
        return { examples: [] };
      });
      list.append(...next.map(thumb));
      more.hidden = !next.length || list.children.length >= images;
    };
  }

  function thumb({ id, class: name, seen }) {
    const label = word("teach.example", { name });
    const image = seen ? element("img", { src: seen, alt: label }) : element("span", {}, "?");
    const button = element("button", { type: "button", "aria-pressed": String(chosen.has(id)), title: label }, image);
    button.addEventListener("click", () => {
      if (!chosen.delete(id)) chosen.add(id);
      button.setAttribute("aria-pressed", String(chosen.has(id)));
      tools();
    });
    return element("li", {}, button);
  }

  function tools() {
    at("teach-tools").hidden = !chosen.size;
    at("teach-selected").textContent = word("teach.selected", { count: chosen.size });
    at("teach-move").disabled = !at("teach-to").value.trim();
  }

  async function each(act) {
    const ids = [...chosen];
    chosen.clear();
    tools();
    try {
      for (const id of ids) await act(id);
    } catch (error) {
      problem(error);
    }
  }

  at("teach-to").addEventListener("input", tools);
  at("teach-tools").addEventListener("submit", (event) => {
    event.preventDefault();
    const name = at("teach-to").value.trim();
    if (name) each((id) => change("/move", { id, class: name }));
  });
  at("teach-back").addEventListener("click", () => each((id) => change("/back", { id })));

  /** Show the classes of a state; those that are open are read again if the state is another. */
  return (state) => {
    const counts = Object.entries(state.examples);
    const now = JSON.stringify([state.version, counts, document.documentElement.lang]);
    if (now === shown) return;
    shown = now;
    for (const [name, part] of open) if (!(name in state.examples)) (part.remove(), open.delete(name));
    counts.forEach(([name, count], place) => {
      const part = open.get(name) ?? make(name);
      part.querySelector("b").textContent = name;
      part.querySelector("small").textContent = word("teach.examples", { count });
      part.querySelector(".teach-more").textContent = word("teach.more");
      const gallery = at("teach-gallery");
      if (gallery.children[place] !== part) gallery.insertBefore(part, gallery.children[place] ?? null);
      if (part.open) fill(name, part).catch(problem);
    });
  };

  function make(name) {
    const head = element("summary", {}, element("b"), " ", element("small"));
    const more = element("button", { type: "button", class: "teach-more", hidden: "" });
    const part = element("details", { class: "teach-part" }, head, element("ol"), more);
    part.addEventListener("toggle", () => part.open && fill(name, part).catch(problem));
    open.set(name, part);
    return part;
  }
}
