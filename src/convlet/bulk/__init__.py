"""Answers for more images than fit into memory."""
