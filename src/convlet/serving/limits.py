"""Limit what one client, and all clients together, may request."""

BODY = 5_000_000  # bytes of a request
JSON = 1_000_000  # bytes of a request's JSON; parsing it blocks the interpreter, so every other request waits
BODIES = 64_000_000  # total bytes of the bodies in memory that came in more than one piece
PIXELS = 16_000_000  # of one picture
IMAGES = 256  # in one request with tensors
SMALL = 128 * 128  # pixels of a picture that takes at most a few milliseconds to read
CONNECTIONS = 900  # a process may usually have 1,024 files open
HEAD = 65_536  # bytes of a request's line and headers
WRONG_TOKENS = 100  # of one address at once
PATIENCE = 10.0  # seconds for a request's line and headers, and for the rest of a refused body
KEEP_ALIVE = 75  # seconds; proxies usually keep theirs for a minute
GRACE = 0.5  # seconds that an idle connection stays open on shutdown: a request may be on its way
WORD = 200  # characters of a value in the query
