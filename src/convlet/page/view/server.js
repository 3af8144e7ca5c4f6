// The server of `convlet view`. Its token is in the address, behind "#", which no browser sends.

import { Problem } from "../problem.js";
import { tokenInAddress } from "../token.js";

/** What has changed after a version; of 0 all runs. */
export const news = (since) => ask(`api/runs?since=${since}`);

/** Everything about a run. */
export const run = (id) => ask(`api/run?id=${id}`);

/** Ask the training of a run to stop. */
export const stop = (id) => ask("api/stop", { id });

async function ask(path, body = null) {
  const headers = { Authorization: `Bearer ${tokenInAddress() ?? ""}` };
  if (body) headers["Content-Type"] = "application/json";
  const request = {
    method: body ? "POST" : "GET",
    headers,
    body: body && JSON.stringify(body),
    credentials: "omit",
    cache: "no-store",
  };
  const response = await fetch(path, request).catch(() => {
    throw problem("gone", { status: 0 });
  });
  if (response.ok) return response.json();
  const said = await response.json().catch(() => ({}));
  const code = response.status === 401 ? "token" : (said.error?.code ?? "failed");
  throw problem(code, { detail: said.error?.message ?? "", status: response.status });
}

/** A problem with a text of its own on this page, by its code. */
const problem = (code, more) => new Problem(code, more);
