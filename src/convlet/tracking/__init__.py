"""Writers for experiment trackers."""
