"""The local page that puts labels right: its server."""

from convlet.serving.labeling.server import serve_labels

__all__ = ["serve_labels"]
