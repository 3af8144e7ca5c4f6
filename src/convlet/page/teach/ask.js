// After each answer: right, or what it is instead. Kept as an example, and the sheet is clear for the next.

import { word } from "../words.js";
import { at } from "./parts.js";

/**
 * @param keep (picture, class) => {kept: the example, examples: those of each class}, or throws.
 * @param review (picture, page) => {}: put a page's characters right.
 */
export function offerAsking({ keep, review, known, problem }) {
  let asked = null; // {answer or page, picture}
  let busy = false;

  const update = () => {
    const name = at("teach-class").value.trim();
    const one = Boolean(asked?.answer) && !asked.answer.empty && !busy;
    at("teach-right").disabled = !one;
    at("teach-keep").disabled = !one || !name;
    at("teach-page").disabled = !asked?.page?.characters.length || busy;
    if (name && known() && !known().includes(name)) at("teach-said").textContent = word("teach.new", { name });
    else if (at("teach-said").dataset.of !== "kept") at("teach-said").textContent = "";
  };

  async function keepAs(name) {
    busy = true;
    const { picture } = asked;
    update();
    try {
      const { kept, examples } = await keep(picture, name);
      const so = word("teach.examples", { count: examples[kept.class] });
      at("teach-said").dataset.of = "kept";
      at("teach-said").textContent = word("teach.kept", { name: kept.class, examples: so });
      if (asked?.picture === picture || asked === null) at("clear").click();
    } catch (error) {
      problem(error);
    } finally {
      busy = false;
      update();
    }
  }

  addEventListener("convlet-answer", ({ detail }) => {
    asked = detail.answer || detail.page ? detail : null;
    if (asked) delete at("teach-said").dataset.of;
    update();
  });
  at("teach-class").addEventListener("input", () => {
    delete at("teach-said").dataset.of;
    update();
  });
  at("teach-right").addEventListener("click", () => keepAs(asked.answer.label));
  at("teach-ask").addEventListener("submit", (event) => {
    event.preventDefault();
    if (!at("teach-keep").disabled) keepAs(at("teach-class").value.trim());
  });
  at("teach-page").addEventListener("click", () => review(asked.picture, asked.page));
  return update;
}
