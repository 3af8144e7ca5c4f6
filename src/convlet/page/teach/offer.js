// Before and after: what the new model answers, on what was taught and on images that neither learned from.

import { number as written, word } from "../words.js";
import { at, element } from "./parts.js";

const FEW = 1000; // images of which the right ones are counted

/** Show the model that is offered, with answers that it changed; `read` (generation) => {changes}. */
export function offerOffer({ change, read, problem }) {
  let shown = "";
  let number = 0;

  at("teach-take").addEventListener("click", () => decide("/take"));
  at("teach-leave").addEventListener("click", () => decide("/leave"));

  async function decide(path) {
    for (const id of ["teach-take", "teach-leave"]) at(id).disabled = true;
    await change(path, { generation: number }).catch(problem);
    for (const id of ["teach-take", "teach-leave"]) at(id).disabled = false;
  }

  return ({ candidate }) => {
    at("teach-offer").hidden = !candidate;
    const now = candidate ? `${candidate.number} ${document.documentElement.lang}` : "";
    if (now === shown) return;
    shown = now;
    if (!candidate) return;
    ({ number } = candidate);
    const { held_out: fresh, taught, tests, meanwhile = 0 } = candidate.facts;
    const own = word(fresh.trial ? "teach.trial" : "teach.fresh");
    const rows = [row(own, fresh, fresh.images === 0), row(word("teach.all"), taught)];
    if (tests.images) {
      const said = tests.kind === "kept" ? "teach.kept.images" : "teach.tests";
      rows.push(row(word(said, { name: tests.name }), tests));
    }
    at("teach-figures").replaceChildren(...rows);
    const { changed, mended, spoiled, images: total } = tests;
    const said = changed ? word("teach.changed", { count: changed, total, mended, spoiled }) : word("teach.same");
    at("teach-changed").textContent = total ? said : "";
    at("teach-meanwhile").hidden = !meanwhile;
    at("teach-meanwhile").textContent = meanwhile ? word("teach.meanwhile", { count: meanwhile }) : "";
    at("teach-changes").replaceChildren();
    if (changed) showChanges(number).catch(problem);
  };

  async function showChanges(wanted) {
    const { changes } = await read(wanted);
    if (wanted !== number) return;
    at("teach-changes").replaceChildren(
      ...changes.map(({ picture, truth, before, after }) => {
        const text = word("teach.change", { before, after, truth });
        const kind = after === truth ? "mended" : before === truth ? "spoiled" : "other";
        const image = element("img", { src: picture, alt: "" });
        return element("li", { class: kind }, element("figure", {}, image, element("figcaption", {}, text)));
      }),
    );
  }
}

function row(name, { images, before, after }, none = false) {
  const cells = none
    ? [element("td", { colspan: 2 }, word("teach.too_few"))]
    : [before, after].map((one) => figure(one, images));
  return element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, written(images)), ...cells);
}

function figure({ right, refused }, images) {
  const part = (count) =>
    images < FEW
      ? word("teach.of", { count, images })
      : written(count / images, { style: "percent", minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const said = element("b", {}, word("teach.part", { part: part(right) }));
  const more = refused ? element("small", {}, word("teach.refused", { part: part(refused) })) : "";
  return element("td", {}, said, " ", more);
}

/** Show every generation, and let another one answer. */
export function offerGenerations({ change, problem }) {
  let shown = "";
  let undone = null; // {generation, instead_of}
  const choose = (generation, instead) => change("/choose", { generation, instead_of: instead }).catch(problem);

  at("teach-undo").addEventListener("click", () => choose(undone.generation, undone.instead));
  return ({ generations, answers }) => {
    const now = JSON.stringify([generations.length, answers, document.documentElement.lang]);
    if (now === shown) return;
    shown = now;
    at("teach-generations").hidden = generations.length < 2;
    const parent = generations.find(({ number }) => number === answers)?.parent ?? null;
    undone = parent === null ? null : { generation: parent, instead: answers };
    at("teach-undo").hidden = !undone;
    if (undone) at("teach-undo").textContent = word("teach.undo", { number: parent });
    const items = generations.toReversed().map(({ number, created, examples }) => {
      const count = Object.values(examples).reduce((sum, one) => sum + one, 0);
      const when = created && new Date(created).toLocaleString(document.documentElement.lang);
      const about = number ? [when, word("teach.examples", { count })] : [word("teach.original")];
      const text = element("span", {}, element("b", {}, word("teach.generation", { number })), " ", about.join(" · "));
      if (number === answers)
        return element("li", { "aria-current": "true" }, text, element("em", {}, word("teach.answers")));
      const button = element("button", { type: "button" }, word("teach.choose"));
      button.addEventListener("click", () => choose(number, answers));
      return element("li", {}, text, button);
    });
    at("teach-list").replaceChildren(...items);
  };
}
