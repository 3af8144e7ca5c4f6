"""A trained model answers: one image, a page, or a million files."""
