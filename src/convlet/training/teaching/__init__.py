"""Teach a served model from answers that people put right: examples on disk, generations of models, training beside.

names.py says what a class may be called, examples.py keeps the pictures (each an example.py), generations.py which
model answers, folder.py both under one lock. teacher.py trains in another process, whose side is lesson.py;
compared.py says what has changed.
"""

from convlet.training.teaching.teacher import Teacher

__all__ = ["Teacher"]
