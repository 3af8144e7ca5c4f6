// The files next to the page. In an exported page each is checked to be what was exported.

import { Problem } from "./problem.js";
import { sums } from "./sums.js";

/**
 * A file's response. Unchecked by the browser its progress can be told; see `requireWhole`.
 */
export async function fetched(name, { unchecked = false, ...options } = {}) {
  const checked = sums[name] && !(unchecked && crypto.subtle) ? { integrity: sums[name] } : {};
  const response = await fetch(new URL(name, import.meta.url), { ...options, ...checked }).catch(() => {
    throw damaged(name);
  });
  if (!response.ok) throw new Problem("missing", { values: { name, status: String(response.status) } });
  return response;
}

/** Throw unless a file's bytes are those that were exported. Without TLS `fetched` has had them checked. */
export async function requireWhole(name, bytes) {
  if (!sums[name] || !crypto.subtle) return;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  if (sums[name] !== `sha256-${btoa(String.fromCharCode(...digest))}`) throw damaged(name);
}

const damaged = (name) => new Problem("damaged", { values: { name } });
