"""Access this machine: its processor, files, processes, engine and installed libraries, and where runs lie."""
