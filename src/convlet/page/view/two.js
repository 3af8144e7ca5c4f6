// Two runs beside each other: their curves in one figure, and what differs.

import { factsOf, charts, reportOf } from "./one.js";
import { made, own } from "./made.js";
import { statusOf } from "./table.js";
import { word } from "../words.js";

const COMPARED = ["accuracy", "data", "recipe", "images", "params", "epochs", "time", "engine", "bytes"];
const KINDS = ["first", "second"];

/** A comparison of two runs. */
export function two(runs) {
  const parts = made("article");
  const head = made("div", "head", made("h2", "", word("view.compared")));
  parts.append(head, charts(runs.map((run, place) => [run, KINDS[place]])));
  const table = made("table", "pairs compared");
  const names = made("tr", "", made("td"));
  runs.forEach((run, place) => {
    const status = statusOf(run);
    const cell = own("th", KINDS[place], run.name);
    cell.scope = "col";
    cell.append(made("span", `status ${status}`, word(`view.status.${status}`)));
    if (run.report) cell.append(reportOf(run));
    names.append(cell);
  });
  table.append(made("thead", "", names), body("view.facts", facts(runs)), body("view.differ", settings(runs)));
  parts.append(table);
  if (!settings(runs).length) parts.append(made("p", "advice", word("view.same")));
  if (runs[0].data !== runs[1].data || runs[0].images.train !== runs[1].images.train)
    parts.append(made("p", "advice", word("view.other_images")));
  return parts;
}

function facts(runs) {
  const [first, second] = runs.map((run) => new Map(factsOf(run)));
  return COMPARED.map((key) => [word(`view.fact.${key}`), first.get(key), second.get(key)]);
}

function settings(runs) {
  const [first, second] = runs.map((run) => run.settings);
  const names = [...new Set([...Object.keys(first), ...Object.keys(second)])].filter((name) => name !== "name");
  return names.filter((name) => first[name] !== second[name]).map((name) => [name, first[name] ?? "–", second[name] ?? "–"]);
}

function body(title, rows) {
  const part = made("tbody");
  part.hidden = !rows.length;
  const over = made("th", "over", word(title));
  over.colSpan = 3;
  over.scope = "rowgroup";
  part.append(made("tr", "", over));
  for (const [name, first, second] of rows) {
    const row = made("tr", first === second ? "alike" : "", own("th", "", name), own("td", "", first), own("td", "", second));
    row.firstChild.scope = "row";
    part.append(row);
  }
  return part;
}
