"""This machine: its processor, files, processes, engine and installed libraries."""
