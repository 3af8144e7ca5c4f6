"""The named data sets: a module for each set or family of sets."""
