"""Put labels right: which images to look at first, and the journal of what was decided about them."""
