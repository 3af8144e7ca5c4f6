// The page of all runs: it asks every second what has changed, and draws that alone.

import { one } from "./one.js";
import * as server from "./server.js";
import { LIVE, statusOf, table } from "./table.js";
import { two } from "./two.js";
import { hasWord, loadWords, offerLanguages, translate, word } from "../words.js";

const EVERY = 1000; // milliseconds between two questions for news

const at = (id) => document.getElementById(id);
const runs = new Map(); // by their numbers
const told = new Map(); // everything about those that are shown
let version = 0;
let chosen = []; // one run, or two to compare
let folder = null;
let asking = false;
let drawTable = null;
let drawn = ""; // what is shown below or beside the table

async function begin() {
  await loadWords();
  translate();
  offerLanguages(at("language"), draw, () => {});
  const parts = { table: at("runs"), find: at("find"), more: at("more"), nothing: at("nothing") };
  drawTable = table(parts, { show: (id) => choose([id]), pick });
  await look();
  document.body.toggleAttribute("data-ready", true);
  setInterval(look, EVERY);
  document.addEventListener("visibilitychange", look);
}

/** Ask what has changed, and show it. */
async function look() {
  if (asking || document.hidden) return;
  asking = true;
  try {
    const news = await server.news(version);
    if (news.whole || news.version < version) runs.clear();
    version = news.version;
    folder = news;
    for (const run of news.changed) runs.set(run.id, run);
    for (const id of news.gone) runs.delete(id);
    for (const id of [...news.changed.map((run) => run.id), ...news.gone]) told.delete(id);
    chosen = chosen.filter((id) => runs.has(id));
    if (!chosen.length) chosen = first();
    await fetchChosen();
    complain(null);
  } catch (error) {
    complain(error);
  }
  asking = false;
  draw();
}

/** What is shown first: a run in training, else the newest. */
function first() {
  const all = [...runs.values()].sort((a, b) => ((a.created ?? "") < (b.created ?? "") ? 1 : -1));
  const found = all.find((run) => LIVE.includes(statusOf(run))) ?? all[0];
  return found ? [found.id] : [];
}

async function fetchChosen() {
  await Promise.all(
    chosen.filter((id) => !told.has(id)).map(async (id) => {
      told.set(id, await server.run(id));
    }),
  );
}

async function choose(ids) {
  chosen = ids;
  draw();
  try {
    await fetchChosen();
  } catch (error) {
    complain(error);
  }
  draw();
  const [{ top }, narrow] = [at("shown").getBoundingClientRect(), matchMedia("(width < 64rem)").matches];
  if (narrow && top > innerHeight * 0.7) at("shown").scrollIntoView();
}

/** Take a run for the comparison, in place of the earlier of two; or leave it out. */
function pick(id, wanted) {
  const others = chosen.filter((each) => each !== id);
  choose(wanted ? [...others, id].slice(-2) : others);
}

function draw() {
  if (!folder) return;
  document.title = `${folder.folder} · convlet`;
  at("folder").textContent = folder.folder;
  at("folder").title = folder.path;
  const live = [...runs.values()].filter((run) => LIVE.includes(statusOf(run))).length;
  const count = word("view.count", { count: runs.size });
  const text = live ? `${count} · ${word("view.training", { count: live })}` : count;
  if (at("progress").textContent !== text) at("progress").textContent = text;
  at("hint").hidden = runs.size < 2;
  drawTable({ runs, chosen });
  const shown = chosen.map((id) => told.get(id)).filter(Boolean);
  const looks = JSON.stringify([shown, document.documentElement.lang]);
  if (looks === drawn) return;
  drawn = looks;
  const open = [...at("shown").querySelectorAll("details")].map((each) => each.open);
  const focus = at("shown").contains(document.activeElement) ? focusable().indexOf(document.activeElement) : -1;
  if (shown.length === 2) at("shown").replaceChildren(two(shown));
  else at("shown").replaceChildren(...shown.map((run) => one(run, () => stop(run))));
  at("shown").querySelectorAll("details").forEach((each, place) => (each.open = open[place] ?? false));
  if (focus >= 0) focusable()[focus]?.focus();
}

const focusable = () => [...at("shown").querySelectorAll("a, button, summary, svg[tabindex]")];

async function stop(run) {
  if (!confirm(word("view.stop.sure", { name: run.name }))) return;
  try {
    await server.stop(run.id);
  } catch (error) {
    complain(error, true);
  }
  await look();
}

let kept = false; // a complaint about what the reader did stays for a while
function complain(error, keep = false) {
  if (!error && kept) return;
  kept = keep;
  if (keep) setTimeout(() => (kept = false), 8000);
  at("problem").hidden = !error;
  if (!error) return;
  const key = `view.problem.${error.key}`;
  const said = word(hasWord(key) ? key : "view.problem.failed");
  at("problem-text").textContent = [said, error.detail].filter(Boolean).join(" ");
}

begin();
