// Teaching on the page of a server that lets people teach: keeps examples, trains with them, shows before and after.

import { teaching } from "../answers.js";
import { fetched } from "../files.js";
import { translate, word } from "../words.js";
import { offerAsking } from "./ask.js";
import { offerGallery } from "./gallery.js";
import { offerGenerations, offerOffer } from "./offer.js";
import { at, element, showProblemIn } from "./parts.js";
import { offerSheet } from "./sheet.js";

const OFTEN = 400; // milliseconds between two looks at a training
const SELDOM = 2500; // at what another page may have done

let state = null;
let own = false; // the last change was made here
let looking = 0;
let shows = [];

const problem = (error) => {
  showProblemIn("teach-problem", error);
  look();
};

/** Change something, and show what is then. */
async function change(path, query = {}, picture = null) {
  own = true;
  showProblemIn("teach-problem", null);
  const after = await teaching(path, { query, picture, change: true });
  show(after);
  return after;
}

const keep = (picture, name) => change("/keep", { class: name }, picture);

/** Ask how things are, now and again later. */
async function look() {
  clearTimeout(looking);
  try {
    if (!document.hidden || !state) show(await teaching(""));
  } catch (error) {
    if (error.status === 401) showProblemIn("teach-problem", error);
  }
  clearTimeout(looking);
  looking = setTimeout(look, state?.training.state === "training" ? OFTEN : SELDOM);
}

function show(now) {
  const before = state;
  if (before && now.version < before.version) return; // an answer that was overtaken
  state = now;
  const counts = Object.values(now.examples);
  const count = counts.reduce((sum, one) => sum + one, 0);
  const examples = word("teach.examples", { count });
  const classes = word("teach.sum.classes", { count: counts.length });
  at("teach-sum").textContent = count ? word("teach.sum", { examples, classes }) : word("teach.nothing");
  const { state: doing, what, done, problem: failed } = now.training;
  const going = doing === "training";
  at("teach-going").hidden = !going;
  at("teach-begin").disabled = going || !count;
  at("teach-far").textContent = going ? word(`teach.${what || "reading"}`) : "";
  at("teach-part").value = done;
  if (failed && failed !== before?.training.problem) {
    showProblemIn("teach-problem", { key: "teaching", values: {}, detail: failed });
  }
  if (before && before.version !== now.version && !own && before.training.state === doing) {
    at("teach-said").dataset.of = "kept";
    at("teach-said").textContent = word("teach.elsewhere");
  }
  if (now.candidate && before && before.candidate?.number !== now.candidate.number) {
    at("teach-said").dataset.of = "kept";
    at("teach-said").textContent = word("teach.offer");
  }
  const mine = own;
  own = false;
  at("teach-classes").replaceChildren(...now.classes.map((name) => element("option", { value: name })));
  for (const each of shows) each(now);
  if (before && before.answers !== now.answers) {
    at("teach-said").dataset.of = "kept";
    at("teach-said").textContent = word("teach.taken", { number: now.answers });
    dispatchEvent(new Event("convlet-model"));
    if (mine) document.querySelector(".work").scrollIntoView({ block: "nearest" }); // to try it
  }
}

async function start() {
  const html = await (await fetched("teach/teach.html")).text();
  const parts = new DOMParser().parseFromString(html, "text/html");
  document.querySelector(".says").after(document.adoptNode(parts.getElementById("teach-ask")));
  for (const id of ["teach", "teach-dialog"]) {
    document.querySelector("footer").before(document.adoptNode(parts.getElementById(id)));
  }
  const privately = document.querySelector("[data-word='footer.private']");
  if (privately) privately.dataset.word = "teach.private";
  translate();
  document.body.dataset.teach = "";
  const read = (name, from) => teaching("/examples", { query: { class: name, start: from } });
  const update = offerAsking({
    keep,
    problem,
    known: () => state?.classes,
    review: (picture, page) => sheet.reviewPage(picture, page).catch(problem),
  });
  const sheet = offerSheet({
    keep,
    cut: (picture) => teaching("/sheet", { picture }),
    classes: () => state?.classes ?? [],
    kept: (count) => {
      at("teach-said").dataset.of = "kept";
      at("teach-said").textContent = word("teach.sheet.kept", { count });
    },
  });
  shows = [
    offerGallery({ change, read, problem }),
    offerOffer({ change, problem, read: (generation) => teaching("/changes", { query: { generation } }) }),
    offerGenerations({ change, problem }),
    update,
  ];
  at("teach-begin").addEventListener("click", () => change("/begin").then(look, problem));
  at("teach-stop").addEventListener("click", () => change("/stop").catch(problem));
  document.addEventListener("visibilitychange", () => document.hidden || look());
  addEventListener("hashchange", look); // perhaps with a token
  new MutationObserver(() => state && show(state)).observe(document.documentElement, { attributeFilter: ["lang"] });
  look();
}

// The words must be there first: the page says when.
if (document.body.hasAttribute("data-ready")) start();
else
  new MutationObserver((_, observer) => {
    if (!document.body.hasAttribute("data-ready")) return;
    observer.disconnect();
    start();
  }).observe(document.body, { attributes: true, attributeFilter: ["data-ready"] });
