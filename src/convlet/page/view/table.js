// The table of runs: found, sorted, and as many as a page can hold at once.

import { moment, percent } from "./figures.js";
import { made, own } from "./made.js";
import { word } from "../words.js";

const AT_ONCE = 100; // rows, and as many more each time
export const LIVE = ["running", "stopping"];

/** What a run is called in the list: its status, but for one that was told to stop. */
export const statusOf = (run) => (run.stopping ? "stopping" : run.status);

/** Of which images a run's accuracy is, in words. */
export const validatedOn = (run) => word(`view.chart.${run.validated_on === "test" ? "test" : "validation"}`);

/**
 * The table.
 *
 * @param show (id) => {}: a run was chosen.
 * @param pick (id, wanted) => {}: a run was taken for the comparison, or left out.
 */
export function table(parts, { show, pick }) {
  const state = { sort: "created", down: true, most: AT_ONCE, text: "" };
  const rows = new Map(); // by run: [what it showed, its row]
  const draw = () => fill(parts, state, rows, { show, pick });
  for (const head of parts.table.querySelectorAll("[data-sort]")) {
    head.firstElementChild.addEventListener("click", () => {
      const { sort } = head.dataset;
      state.down = state.sort === sort ? !state.down : sort !== "name" && sort !== "status";
      state.sort = sort;
      draw();
    });
  }
  parts.find.addEventListener("input", () => {
    state.text = parts.find.value.trim().toLowerCase();
    state.most = AT_ONCE;
    draw();
  });
  parts.more.addEventListener("click", () => {
    state.most += AT_ONCE;
    draw();
  });
  return (given) => {
    Object.assign(state, given);
    draw();
  };
}

function fill(parts, state, rows, calls) {
  const { runs, sort, down, text, most, chosen } = state;
  const found = [...runs.values()].filter((run) => within(run, text));
  found.sort((one, other) => (down ? -1 : 1) * order(one, other, sort) || (one.name < other.name ? -1 : 1));
  for (const head of parts.table.querySelectorAll("[data-sort]")) {
    const own = head.dataset.sort === sort;
    head.setAttribute("aria-sort", own ? (down ? "descending" : "ascending") : "none");
  }
  const wanted = found.slice(0, most).map((run) => {
    const looks = JSON.stringify([run, chosen.includes(run.id), document.documentElement.lang]);
    const [before, row] = rows.get(run.id) ?? [];
    if (before === looks) return row;
    const made = rowOf(run, chosen, calls);
    const focused = row?.contains(document.activeElement) ? document.activeElement.tagName : null;
    row?.replaceWith(made);
    if (focused) made.querySelector(focused)?.focus();
    rows.set(run.id, [looks, made]);
    return made;
  });
  const body = parts.table.tBodies[0];
  if (wanted.length !== body.rows.length || wanted.some((row, place) => body.rows[place] !== row)) {
    const held = document.activeElement;
    body.replaceChildren(...wanted);
    if (body.contains(held)) held.focus();
  }
  parts.table.hidden = !found.length;
  parts.find.hidden = !runs.size;
  parts.more.hidden = found.length <= most;
  parts.more.textContent = word("view.more", { count: found.length - most });
  parts.nothing.hidden = found.length > 0;
  parts.nothing.textContent = word(runs.size ? "view.nothing.found" : "view.nothing.yet");
}

const within = (run, text) => [run.name, run.data, run.recipe].some((part) => part?.toLowerCase().includes(text));

function order(one, other, sort) {
  const [first, second] = [one, other].map((run) => (sort === "status" ? statusOf(run) : run[sort]) ?? "");
  if (first === second) return 0;
  if (typeof first === "string" && typeof second === "string") {
    return sort === "name" ? first.localeCompare(second, undefined, { numeric: true }) : first < second ? -1 : 1;
  }
  return typeof first === "string" || first < second ? -1 : 1; // what has no figure is the least
}

function rowOf(run, chosen, { show, pick }) {
  const row = made("tr");
  row.dataset.id = run.id;
  const taken = chosen.includes(run.id);
  row.classList.toggle("chosen", taken);
  const box = made("input");
  box.type = "checkbox";
  box.checked = taken;
  box.setAttribute("aria-label", word("view.pick", { name: run.name }));
  box.addEventListener("change", () => pick(run.id, box.checked));
  const label = made("label", "", box);
  const name = made("button", "name", own("bdi", "", run.name));
  name.type = "button";
  name.setAttribute("aria-current", String(taken));
  name.addEventListener("click", () => show(run.id));
  const about = made("small", "", own("bdi", "", [run.data, run.recipe].filter(Boolean).join(" · ")));
  const status = statusOf(run);
  const began = made("time", "", moment(run.created));
  if (run.created) began.dateTime = run.created;
  const of = typeof run.accuracy === "number" ? made("small", "", validatedOn(run)) : "";
  row.append(
    made("td", "pick", label),
    made("td", "", name, about),
    made("td", "figure", percent(run.accuracy), of),
    made("td", "", made("span", `status ${status}`, word(`view.status.${status}`))),
    made("td", "began", began),
  );
  return row;
}
