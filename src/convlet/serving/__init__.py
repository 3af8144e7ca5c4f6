"""Serve a model over HTTP: one process, one model, answers in JSON; see docs/serving.md.

server.py starts and ends; door.py has the listening socket, connection.py uvicorn's protocol with limits for slow
clients, app.py what applies to every request, routes.py the routes, lanes.py the bounded queues, work.py their work.
"""

from convlet.serving.server import serve
from convlet.serving.settings import Settings

__all__ = ["Settings", "serve"]
