"""Programs that measure convlet or make what is committed with it; no part of the package."""
