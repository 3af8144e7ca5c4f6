"""A finished run, shipped: files for other programs, each with a model card beside it."""

from convlet.shipping.export import FORMATS, Exported, export

__all__ = ["FORMATS", "Exported", "export"]
