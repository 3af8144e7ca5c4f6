// The page that puts labels right: doubtful images first, decisions by keys, each on the disk before it shows as made.

import { card, forgetBut, isDecided, refresh } from "./cards.js";
import { keysOf, matching } from "./classes.js";
import * as server from "./server.js";
import { hasWord, loadWords, number, offerLanguages, translate, word } from "../words.js";

const EVERY = 2000; // milliseconds between two questions for news
const WIDE = 48; // images of a page
const NARROW = 24;

const at = (id) => document.getElementById(id);
const narrow = matchMedia("(width < 44rem)");
let facts = null;
let images = new Map();
let order = []; // the images' numbers
let version = 0;
let keys = new Map();
let view = "open";
let shown = []; // on this page
let start = 0; // of the page, in the views that do not shrink
const selected = new Set();
let focused = null;
let anchor = null;
const saving = new Set();
const elsewhere = new Set();
let failed = null; // what to do again
let queue = Promise.resolve(); // decisions are sent one after the other

const size = () => (narrow.matches ? NARROW : WIDE);
const pathOf = (id) => images.get(id)?.path ?? "";
const open = (id) => !isDecided(images.get(id));

async function begin() {
  await loadWords();
  translate();
  offerLanguages(at("language"), said, () => {});
  try {
    take(await server.folder());
  } catch (error) {
    complain(error, () => location.reload());
    return;
  }
  document.title = `${facts.folder} · convlet`;
  at("folder").textContent = facts.folder;
  turn(0);
  document.body.toggleAttribute("data-ready", true);
  setInterval(lookForNews, EVERY);
}

function take(given) {
  facts = given;
  images = new Map(given.images.map((image) => [image.id, image]));
  order = given.images.map((image) => image.id);
  learn(given);
}

/** Take in what a server's answer says has changed. */
function learn({ version: now, classes, undoable, rest, untaught, changed = [] }) {
  version = now;
  Object.assign(facts, { classes, undoable, rest, untaught });
  for (const { id, ...decision } of changed) if (images.has(id)) Object.assign(images.get(id), decision);
  keys = keysOf(classes);
  said();
}

/** Say everything in words again. */
function said() {
  if (!facts) return;
  const done = order.length - order.filter(open).length;
  at("progress").textContent = word("label.progress", { done, count: order.length });
  at("undo").disabled = !facts.undoable;
  at("keep").hidden = facts.flat;
  const { rest, untaught } = facts;
  at("untaught").hidden = !untaught;
  at("untaught").textContent = untaught ? word("label.untaught", { name: untaught.class, file: untaught.file }) : "";
  at("rest").hidden = !rest;
  if (rest) {
    const wrong = number(rest.wrong, { maximumFractionDigits: rest.wrong < 10 ? 1 : 0 });
    at("rest").textContent = rest.enough
      ? word("label.rest.enough", { left: rest.left, wrong })
      : word("label.rest.more", { left: rest.left, wrong, more: rest.more });
    at("rest").classList.toggle("enough", rest.enough);
  }
  legend();
  for (const item of at("grid").children) {
    const id = Number(item.dataset.id);
    const looks = { ...facts, pathOf, saving: saving.has(id), elsewhere: elsewhere.has(id) };
    refresh(item, images.get(id), looks);
    item.setAttribute("aria-selected", String(selected.has(id)));
  }
  const total = inView().length;
  const first = view === "open" ? 0 : start;
  at("where").textContent = shown.length
    ? word("label.where", { first: first + 1, last: first + shown.length, count: total })
    : "";
  at("before").disabled = view === "open" || start === 0;
  at("after").disabled = view === "open" ? total <= shown.filter(open).length : start + shown.length >= total;
  at("accept").disabled = !acceptable(shown).length;
}

const inView = () => (view === "all" ? order : order.filter((id) => open(id) === (view === "open")));

/** Show a page: of the open ones always the first that are left, `skip` of them later. */
function turn(to, focus = null) {
  const all = inView();
  start = view === "open" ? 0 : Math.max(0, Math.min(to, Math.max(0, all.length - 1)));
  shown = all.slice(view === "open" ? to : start, (view === "open" ? to : start) + size());
  if (!shown.length && view === "open") shown = all.slice(0, size());
  if (focus !== null && !shown.includes(focus)) shown = [focus, ...shown].slice(0, size());
  selected.clear();
  elsewhere.clear();
  forgetBut(new Set(shown));
  at("grid").replaceChildren(...shown.map((id) => card(images.get(id))));
  at("nothing").hidden = shown.length > 0;
  at("nothing").textContent = shown.length ? "" : word(`label.nothing.${view}`);
  said();
  move(focus ?? shown.find(open) ?? shown[0] ?? null);
  scrollTo(0, 0);
}

function legend() {
  const text = at("find").value;
  const { found, exact } = matching(facts.classes, text);
  const byName = new Map([...keys].map(([key, name]) => [name, key]));
  const items = found.map((name) => choice(name, byName.get(name), false));
  if (text.trim() && !exact) items.unshift(choice(text.trim(), "↵", true));
  at("legend").replaceChildren(...items);
}

function choice(name, key, fresh) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.classList.toggle("new", fresh);
  const shownName = document.createElement("bdi");
  shownName.textContent = fresh ? word("label.new", { name }) : name;
  button.append(shownName);
  if (key) {
    const mark = document.createElement("kbd");
    mark.textContent = key;
    button.append(mark);
  }
  button.addEventListener("click", () => choose(name));
  item.append(button);
  return item;
}

/** The images that a key is for: those selected, else the one with the focus. */
function meant() {
  if (selected.size) return shown.filter((id) => selected.has(id));
  return focused === null ? [] : [focused];
}

function choose(name) {
  at("find").value = "";
  give(meant().map((id) => ({ id, label: name })));
}

/** The images whose proposals may be accepted together: known ones, which nobody has decided about. */
function acceptable(ids) {
  return ids.filter((id) => {
    const image = images.get(id);
    const known = !facts.flat || image.sure >= facts.threshold;
    return open(id) && image.proposal !== undefined && !image.error && known;
  });
}

function acceptAll() {
  const ids = acceptable(shown);
  const left = shown.filter((id) => open(id) && !ids.includes(id)).length;
  give(
    ids.map((id) => ({ id, label: images.get(id).proposal })),
    () => {
      if (left) tell(word("label.left", { count: left }));
    },
  );
}

const accept = () =>
  give(
    meant()
      .filter((id) => images.get(id).proposal !== undefined)
      .map((id) => ({ id, label: images.get(id).proposal })),
  );
const keep = () =>
  give(
    meant()
      .filter((id) => images.get(id).filed)
      .map((id) => ({ id, label: images.get(id).filed })),
  );
const exclude = () => give(meant().map((id) => ({ id, excluded: true })));

/** Send decisions; they show as made once they are on the disk. */
function give(decisions, then = () => {}) {
  if (!decisions.length) return;
  const known = version;
  const ids = decisions.map(({ id }) => id);
  for (const id of ids) {
    saving.add(id);
    elsewhere.delete(id);
  }
  selected.clear();
  said();
  forward(ids);
  send(
    async () => server.decide(Math.max(known, ownVersion), decisions),
    ids,
    () => give(decisions, then),
    then,
  );
}

let ownVersion = 0; // after this page's own last decision, which is no conflict with its next one

function send(ask, ids, again, then) {
  document.body.toggleAttribute("data-busy", true);
  queue = queue.then(async () => {
    try {
      const answer = await ask();
      hideProblem();
      ownVersion = answer.version;
      for (const id of ids) saving.delete(id);
      learn(answer);
      then(answer);
      onward();
    } catch (error) {
      for (const id of ids) saving.delete(id);
      await failedWith(error, again, ids);
    }
    if (!saving.size) document.body.toggleAttribute("data-busy", false);
  });
}

async function failedWith(error, again, ids) {
  if (error.key !== "conflict") {
    complain(error, again);
    said();
    return;
  }
  const others = error.values.images;
  for (const id of others) elsewhere.add(id);
  for (const id of ids) if (!others.includes(id) && shown.includes(id)) selected.add(id); // none of them was written
  complain(error, null);
  await server.news(version).then(learn, () => {});
  ownVersion = version;
  if (shown.includes(others[0])) move(others[0]);
}

function undo() {
  send(
    () => server.undo(Math.max(version, ownVersion)),
    [],
    undo,
    ({ undone = [] }) => {
      if (!undone.length) return;
      if (undone.every((id) => shown.includes(id))) move(undone[0]);
      else turn(view === "open" ? 0 : start, images.has(undone[0]) ? undone[0] : null);
    },
  );
}

/** Go to the next image without a decision. */
function forward(ids) {
  const place = shown.indexOf(ids[ids.length - 1]);
  const next = [...shown.slice(place + 1), ...shown.slice(0, place)].find((id) => open(id) && !saving.has(id));
  if (next !== undefined) move(next);
}

/** Turn to the next page once everything on this one is decided. */
function onward() {
  if (view === "open" && !saving.size && shown.length && !shown.some(open)) turn(0);
}

function move(id, scroll = true) {
  focused = id;
  for (const item of at("grid").children) item.tabIndex = Number(item.dataset.id) === id ? 0 : -1;
  const item = itemOf(id);
  if (!item || document.activeElement === at("find")) return;
  item.focus({ preventScroll: true });
  if (scroll) item.scrollIntoView({ block: "nearest" });
}

const itemOf = (id) => [...at("grid").children].find((item) => Number(item.dataset.id) === id);

function select(id, extend) {
  if (extend && anchor !== null && shown.includes(anchor)) {
    const [from, to] = [shown.indexOf(anchor), shown.indexOf(id)].sort((one, other) => one - other);
    for (const one of shown.slice(from, to + 1)) selected.add(one);
  } else {
    if (!selected.delete(id)) selected.add(id);
    anchor = id;
  }
  said();
}

function step(by) {
  const place = shown.indexOf(focused) + by;
  if (place >= 0 && place < shown.length) move(shown[place]);
}

function columns() {
  const items = [...at("grid").children];
  return Math.max(1, items.filter((item) => item.offsetTop === items[0].offsetTop).length);
}

function pageBy(direction) {
  if (view !== "open") turn(start + direction * size());
  else if (direction > 0)
    turn(shown.filter(open).length ? order.filter(open).indexOf(shown.filter(open).at(-1)) + 1 : 0);
  else turn(0);
}

async function lookForNews() {
  if (document.hidden || saving.size) return;
  try {
    const answer = await server.news(version);
    if (answer.version === version || saving.size) return;
    const before = new Set(answer.changed.map(({ id }) => id).filter((id) => shown.includes(id)));
    for (const id of before) elsewhere.add(id);
    learn(answer);
    if (failed === null) hideProblem();
    onward();
  } catch (error) {
    if (failed === null) complain(error, null);
  }
}

function complain(error, again) {
  const key = `label.problem.${error.key ?? "failed"}`;
  const text = hasWord(key) ? word(key) : word("label.problem.failed");
  const detail = error.key && error.detail && error.key !== "conflict" ? ` ${error.detail}` : "";
  tell(text + detail, again);
}

function tell(text, again = null) {
  failed = again;
  at("problem-text").textContent = text;
  at("again").hidden = again === null;
  at("problem").hidden = false;
}

function hideProblem() {
  failed = null;
  at("problem").hidden = true;
}

at("again").addEventListener("click", () => {
  const again = failed;
  hideProblem();
  again?.();
});
at("accept").addEventListener("click", acceptAll);
at("keep").addEventListener("click", keep);
at("exclude").addEventListener("click", exclude);
at("undo").addEventListener("click", undo);
at("before").addEventListener("click", () => pageBy(-1));
at("after").addEventListener("click", () => pageBy(1));
at("find").addEventListener("input", legend);
for (const input of document.querySelectorAll("[name=view]")) {
  input.addEventListener("change", () => {
    view = input.value;
    turn(0);
  });
}
at("grid").addEventListener("click", (event) => {
  const item = event.target.closest("li");
  if (!item) return;
  const id = Number(item.dataset.id);
  select(id, event.shiftKey);
  move(id, false);
});
at("find").addEventListener("keydown", (event) => {
  if (event.key === "Enter") {
    event.preventDefault();
    const text = at("find").value.trim();
    const { found } = matching(facts.classes, text);
    const near = found.filter((name) => name.toLowerCase() === text.toLowerCase());
    at("find").blur();
    if (text) choose(near.length === 1 ? near[0] : text);
    if (focused !== null) move(focused);
  } else if (event.key === "Escape") {
    at("find").value = "";
    at("find").blur();
    legend();
    move(focused);
  }
});

const ARROWS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: "up", ArrowDown: "down" };

document.addEventListener("keydown", (event) => {
  if (!facts || event.target.closest("input[type=text], select") || event.altKey) return;
  const control = event.ctrlKey || event.metaKey;
  const act = control ? held(event) : pressed(event);
  if (!act) return;
  event.preventDefault();
  act();
});

function held(event) {
  const key = event.key.toLowerCase();
  if (key === "z" && !event.shiftKey) return undo;
  if (key === "a") return () => (shown.forEach((id) => selected.add(id)), said());
  return null;
}

function pressed(event) {
  const { key } = event;
  const onButton = event.target.closest("button, [name=view]");
  if (key in ARROWS && !event.target.closest("[name=view]")) {
    const way = ARROWS[key];
    const leftward = document.documentElement.dir === "rtl" ? -1 : 1;
    return () => step(way === "up" ? -columns() : way === "down" ? columns() : way * leftward);
  }
  if (key === "Enter" && event.shiftKey) return acceptAll;
  if ((key === "Enter" || key === " ") && onButton) return null;
  if (key === "Enter") return accept;
  if (key === " ") return () => focused !== null && select(focused, false);
  if (key === "Escape") return () => (selected.clear(), said());
  if (key === "PageDown") return () => pageBy(1);
  if (key === "PageUp") return () => pageBy(-1);
  if (key === "/") return () => at("find").focus();
  if (key === ".") return facts.flat ? null : keep;
  if (key === "x" || key === "Delete") return exclude;
  const name = keys.get(key.toLowerCase());
  return name === undefined ? null : () => choose(name);
}

begin();
