// One run: how far it is, its curves, what it was made of, its report.

import { chart } from "./chart.js";
import { bytes, moment, percent, seconds } from "./figures.js";
import { command, made, own, quoted } from "./made.js";
import { LIVE, statusOf, validatedOn } from "./table.js";
import { number, word } from "../words.js";

/**
 * Everything about a run.
 *
 * @param stop () => {}: the reader wants its training to stop.
 */
export function one(run, stop) {
  const parts = made("article");
  const status = statusOf(run);
  const head = made("div", "head");
  head.append(own("h2", "", run.name), made("span", `status ${status}`, word(`view.status.${status}`)));
  if (run.report) head.append(reportOf(run));
  if (status === "running") {
    const button = made("button", "stop", word("view.stop"));
    button.type = "button";
    button.addEventListener("click", stop);
    head.append(button);
  }
  parts.append(head);
  if (LIVE.includes(status)) parts.append(progress(run));
  for (const problem of run.problems) parts.append(own("p", "wrong", problem));
  const verdict = run.figures.verdict?.text;
  if (typeof verdict === "string") parts.append(own("p", "advice", verdict));
  parts.append(charts([[run, "first"]]));
  parts.append(advice(run, status));
  parts.append(facts(run), settings(run), files(run));
  return parts;
}

/** A link to a run's report, in a tab of its own. */
export function reportOf(run) {
  const link = made("a", "report", word("view.report"));
  link.href = run.report;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  return link;
}

/** The curves of runs, [[run, the class of its color], ...]. */
export function charts(runs) {
  const both = made("div", "charts");
  for (const what of ["accuracy", "loss"]) {
    const curves = runs.flatMap(([run, kind]) => {
      const of = (name) => run.history.filter((epoch) => epoch[name] !== null).map((epoch) => [epoch.epoch, epoch[name]]);
      const common = { run: runs.length > 1 ? run.name : "", epochs: LIVE.includes(statusOf(run)) ? run.of_epochs : 0 };
      return [
        { ...common, name: word("view.chart.train"), kind: `${kind} train`, points: of(what) },
        { ...common, name: validatedOn(run), kind, points: of(`val_${what}`) },
      ];
    });
    both.append(chart(what, curves));
  }
  return both;
}

function progress(run) {
  const done = run.history.length;
  const shown = made("div", "live");
  const bar = made("progress");
  const times = run.history.slice(-5).map((epoch) => epoch.seconds + epoch.val_seconds);
  const left = run.of_epochs && done ? (times.reduce((sum, one) => sum + one, 0) / times.length) * (run.of_epochs - done) : 0;
  const values = { done, of: run.of_epochs ?? "?" };
  const text = left > 0 ? word("view.live.left", { ...values, time: seconds(left) }) : word("view.live.now", values);
  if (run.of_epochs) {
    bar.max = run.of_epochs;
    bar.value = done;
  }
  bar.setAttribute("aria-label", text);
  shown.append(bar, made("p", "", text));
  return shown;
}

function advice(run, status) {
  const shown = made("p", "advice");
  if (status === "interrupted") shown.append(word("view.resume"), " ", command(`convlet train --resume ${quoted(run.path)}`));
  else if (status === "done" && !run.report)
    shown.append(word("view.report.none"), " ", command(`convlet evaluate ${quoted(run.path)}`));
  else shown.hidden = true;
  return shown;
}

/** The facts of a run, as [key of the words, text]. */
export function factsOf(run) {
  const { figures } = run;
  const trained = figures.train_seconds ?? run.history.reduce((sum, epoch) => sum + epoch.seconds, 0);
  const images = run.images.train ? number(run.images.train) : "";
  return [
    ["accuracy", typeof run.accuracy === "number" ? `${percent(run.accuracy)} · ${validatedOn(run)}` : percent(null)],
    ["data", run.data ?? ""],
    ["recipe", run.recipe ?? ""],
    ["images", images],
    ["params", figures.params ? number(figures.params) : ""],
    ["epochs", run.of_epochs ? `${number(run.history.length)} / ${number(run.of_epochs)}` : number(run.history.length)],
    ["time", trained ? seconds(trained) : ""],
    ["engine", run.engine ?? ""],
    ["created", moment(run.created, true)],
    ["ended", moment(run.ended, true)],
    ["bytes", bytes(run.bytes)],
    ["start", run.start ?? ""],
    ["path", run.path],
  ];
}

function facts(run) {
  const list = made("dl", "facts");
  for (const [key, text] of factsOf(run)) {
    if (text) list.append(made("div", key === "path" || key === "start" ? "long" : "", made("dt", "", word(`view.fact.${key}`)), own("dd", "", text)));
  }
  return list;
}

function settings(run) {
  return folded(word("view.settings"), Object.entries(run.settings));
}

function files(run) {
  return folded(word("view.files"), run.files.map((file) => [file.name, bytes(file.bytes)]));
}

function folded(title, pairs) {
  const details = made("details", "", made("summary", "", `${title} (${number(pairs.length)})`));
  details.hidden = !pairs.length;
  const body = made("tbody");
  for (const [name, text] of pairs) body.append(made("tr", "", own("th", "", name), own("td", "", text)));
  for (const head of body.querySelectorAll("th")) head.scope = "row";
  details.append(made("table", "pairs", body));
  return details;
}
