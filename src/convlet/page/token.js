// The token in a page's address, behind "#", which no browser sends.

/** Return it, or null. No token has a blank: where one is read, somebody wrote "+", which stands for it there. */
export function tokenInAddress() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  return given && given.replaceAll(" ", "+");
}
