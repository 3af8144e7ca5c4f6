// Errors in words for people.

/**
 * Why there is no answer.
 *
 * `key`: of the words, without "problem."; `values`: theirs; `detail`: more, in English, as a server or a browser said
 * it; `status`: HTTP's, or 0 without a response; `retryAfter`: seconds until a retry, or null.
 */
export class Problem extends Error {
  constructor(key, { values = {}, detail = "", status = 400, retryAfter = null } = {}) {
    super(detail || key);
    Object.assign(this, { key, values, detail, status, retryAfter });
  }
}

/** What of any error can be sent from a worker, and made a problem again. */
export const sendable = ({ key, values, detail, message }, otherwise = "in_browser") =>
  key ? { key, values, detail } : { key: otherwise, values: {}, detail: message };

// Of these the words say all that there is to say.
const PLAIN = ["busy", "not_an_image", "no_characters", "token", "unreachable", "offline", "too_slow"];
// What a server's codes, and else its status, are called in the words; other codes have a text of their own or none.
const CODES = {
  unauthorized: "token",
  wrong_origin: "token",
  too_many_pixels: "too_large",
  deadline: "too_slow",
  slow_body: "too_slow",
};
const STATUSES = { 401: "token", 403: "token", 413: "too_large", 415: "not_an_image", 429: "busy" };

/**
 * The problem that a server reports.
 *
 * @param known (key) => whether there are words for it.
 */
export function reported(status, code, said, retryAfter, known) {
  const own = Object.hasOwn(CODES, code) ? CODES[code] : code;
  const key = known(own) ? own : (STATUSES[status] ?? (status >= 500 ? "failed" : "refused"));
  return new Problem(key, { values: { status: String(status) }, detail: PLAIN.includes(key) ? "" : said, status, retryAfter });
}
