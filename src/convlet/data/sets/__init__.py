"""The named data sets, a module for each or for a family of them."""
