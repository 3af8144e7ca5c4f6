// The server of `convlet label`. Its token is in the address, behind "#", which no browser sends.

import { Problem } from "../problem.js";
import { tokenInAddress } from "../token.js";

/** The folder's facts and images. */
export const folder = () => ask("api/folder");

/** What has changed after a version. */
export const news = (since) => ask(`api/news?since=${since}`);

/** Write decisions, [{id, label, excluded}, ...]; the answer comes when they are on the disk. */
export const decide = (since, decisions) => ask("api/decide", { since, decisions });

/** Take back what was decided last. */
export const undo = (since) => ask("api/undo", { since });

/** An image's address in this page. */
export async function picture(id) {
  return URL.createObjectURL(await (await sent(`api/image/${id}`)).blob());
}

async function ask(path, body = null) {
  return (await sent(path, body)).json();
}

async function sent(path, body = null) {
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
  if (response.ok) return response;
  const said = await response.json().catch(() => ({}));
  const code = response.status === 401 ? "token" : (said.error?.code ?? "failed");
  throw problem(code, {
    detail: said.error?.message ?? "",
    values: { images: said.images ?? [] },
    status: response.status,
  });
}

/** A problem with a text of its own on this page, by its code. */
const problem = (code, more) => new Problem(code, more);
