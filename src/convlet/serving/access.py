"""Control access: a token, or a program on this machine that was not sent here by another site's page."""

import hmac
import ipaddress
import re
from collections.abc import Callable

from starlette.datastructures import Headers

from convlet.serving.guesses import Guesses
from convlet.serving.refusal import RefusedError
from convlet.serving.settings import Settings

# RFC 9110's Host, a name or an address with an optional port; and RFC 6454's Origin, which is that after a scheme.
_HOST = re.compile(r"(?:\[(?P<address>[0-9a-f:.]+)\]|(?P<name>[^\s:/?#@\[\]]+))(?::\d*)?")
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://(?P<host>[^\s/?#@]+)")


def access_rule(settings: Settings) -> Callable[[Headers, str], None]:
    """Return the function that checks a request's headers, and its client's address, for a server.

    With a token, every request must send it. Without one, and without `insecure`, the server listens only on this
    machine. The danger is then a web page that makes its reader's browser send requests: with its own name that
    resolves to this machine (DNS rebinding), which the Host header shows, or with a plain form, which Origin shows.

    The check raises RefusedError: 401, a missing or wrong token; 429, too many wrong ones from that address; 421, the
    request names another host; 403, a page of another site sent it; 400, one of these headers comes twice.
    """
    token = settings.token.encode() if settings.token else None
    own = frozenset({"localhost", "127.0.0.1", "::1", settings.host.lower()})
    guesses = Guesses()

    def require(headers: Headers, address: str) -> None:
        if twice := [name for name in ("origin", "authorization") if len(headers.getlist(name)) > 1]:
            raise RefusedError(400, "bad_http", f"The header {twice[0].title()} comes twice.")  # which one is meant?
        if token is not None:
            scheme, _, given = headers.get("authorization", "").partition(" ")
            guesses.require_few(address)
            if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), token):
                if given:
                    guesses.add(address)
                challenge = {"www-authenticate": 'Bearer realm="convlet"'}
                message = "Send the server's token: Authorization: Bearer TOKEN"
                raise RefusedError(401, "unauthorized", message, challenge)
        elif not settings.insecure:
            host, origin = headers.get("host"), headers.get("origin")
            if host is not None and not _is_local(host, own):
                message = f"This server is localhost, not {host[:80]!r}. Start it with --token or --insecure."
                raise RefusedError(421, "wrong_host", message)
            if origin is not None and not _is_of(origin, host):
                message = "Pages of other sites are not allowed. Start the server with --token or --insecure."
                raise RefusedError(403, "wrong_origin", message)

    return require


def _is_local(host: str, own: frozenset[str]) -> bool:
    """Return whether a Host header, with or without a port, names this machine."""
    found = _HOST.fullmatch(host.strip().lower())
    if found is None:
        return False
    name = found["address"] or found["name"]
    if name in own:
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _is_of(origin: str, host: str | None) -> bool:
    """Return whether an Origin header is that of pages from a Host header."""
    found = _ORIGIN.fullmatch(origin.strip().lower())
    return found is not None and host is not None and found["host"] == host.strip().lower()
