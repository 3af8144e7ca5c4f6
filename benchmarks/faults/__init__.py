"""Break convlet on purpose: kills, power cuts, failing disks, damaged files, mutated images and data."""
