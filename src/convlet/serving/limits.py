"""How much one client, and all of them together, may ask for."""

BODY = 5_000_000  # bytes of a request
JSON = 1_000_000  # bytes of a request's JSON: reading it holds the interpreter, and every other request waits
BODIES = 64_000_000  # bytes of all bodies that came in more than one piece and are still needed
PIXELS = 16_000_000  # of one picture
IMAGES = 256  # of one request with tensors
SMALL = 128 * 128  # pixels of a picture that is read in less than a millisecond, or a few
CONNECTIONS = 900  # where a process may have 1,024 files open, as is usual
HEAD = 65_536  # bytes of a request's line and headers
PATIENCE = 10.0  # seconds for a request's line and headers, and for the rest of a body that was refused
KEEP_ALIVE = 75  # seconds; longer than the minute for which proxies keep theirs
