"""A model served over HTTP: one process, one model, answers in JSON; see `convlet serve --help` and `GET /openapi.json`.

connection.py is uvicorn's, with an end to waiting for slow clients; app.py what every request meets: who may ask, refusals, the log, the
meters; routes.py what a route is; request.py what comes in; refusal.py what is answered instead; predict.py, protocol.py, facts.py and static.py the routes; lanes.py the bounded queues,
with threads that read and answer what waits in batches, work.py what they do; server.py start and end.
"""

from convlet.serving.server import serve
from convlet.serving.settings import Settings

__all__ = ["Settings", "serve"]
