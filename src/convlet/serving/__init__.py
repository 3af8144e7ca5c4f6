"""A model served over HTTP: one process, one model, answers in JSON; see docs/serving.md.

server.py is start and end, door.py the listening socket, connection.py uvicorn's protocol with limits for slow clients,
app.py what every request meets, routes.py what a route is, lanes.py the bounded queues, work.py what their threads do.
"""

from convlet.serving.server import serve
from convlet.serving.settings import Settings

__all__ = ["Settings", "serve"]
