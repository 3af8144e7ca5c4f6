// Errors in words for people.

/** Why there is no answer. `status`: HTTP's, or 0 without a response; `retryAfter`: seconds until a retry, or null. */
export class Problem extends Error {
  constructor(status, said = "", retryAfter = null) {
    super(inWords(status, said));
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

function inWords(status, said) {
  if (status === 0) return navigator.onLine ? "The server cannot be reached." : "This device is offline.";
  if (status === 401 || status === 403) {
    return "The server requires its token. Open this page with #token=… at the end of its address.";
  }
  if (status === 413) return `The picture is too large. ${said}`.trim();
  if (status === 415) return "This is not a readable picture. Use PNG, JPEG, WebP or BMP.";
  if (status === 429) return "The server is busy.";
  if (status >= 500) return `The server failed (${status}). ${said}`.trim();
  return said || `The server refused this (${status}).`;
}
