"""Access: a token, or a program on this machine that no page of another site sent here."""

import hmac
import ipaddress
from collections.abc import Callable

from starlette.datastructures import Headers

from convlet.serving.refusal import RefusedError
from convlet.serving.settings import Settings


def access_rule(settings: Settings) -> Callable[[Headers], None]:
    """Return a server's check of a request's headers.

    With a token, every request must bring it. Without one, and without `insecure`, the server listens on this machine
    alone. The danger is then a web page that makes its reader's browser ask: under a name of its own that resolves to
    this machine (DNS rebinding), which the Host header shows, or by a plain form, which Origin shows.

    The check raises RefusedError: 401, no token or a wrong one; 421, the request names another host; 403, a page of
    another site sent it.
    """
    token = settings.token.encode() if settings.token else None
    own = frozenset({"localhost", "127.0.0.1", "::1", settings.host.lower()})

    def require(headers: Headers) -> None:
        if token is not None:
            scheme, _, given = headers.get("authorization", "").partition(" ")
            if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), token):
                challenge = {"www-authenticate": 'Bearer realm="convlet"'}
                message = "Send the server's token: Authorization: Bearer TOKEN"
                raise RefusedError(401, "unauthorized", message, challenge)
        elif not settings.insecure:
            host, origin = headers.get("host"), headers.get("origin")
            if host is not None and not _is_local(host, own):
                message = f"This server is localhost, not {host[:80]!r}. Start it with --token or --insecure."
                raise RefusedError(421, "wrong_host", message)
            if origin is not None and origin.rpartition("//")[2] != host:
                message = "Pages of other sites may not ask. Start the server with --token or --insecure."
                raise RefusedError(403, "wrong_origin", message)

    return require


def _is_local(host: str, own: frozenset[str]) -> bool:
    """Return whether a Host header, with or without a port, names this machine."""
    text = host.strip().lower()
    name = text[1:].partition("]")[0] if text.startswith("[") else text.partition(":")[0]
    if name in own:
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
