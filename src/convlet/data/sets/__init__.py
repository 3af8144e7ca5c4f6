"""The named data sets, a module each."""
