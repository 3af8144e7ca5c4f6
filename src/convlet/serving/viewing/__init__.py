"""The local page of all runs: its server."""

from convlet.serving.viewing.server import serve_runs

__all__ = ["serve_runs"]
