"""Image filters with the answers of SciPy and scikit-image, in NumPy and Pillow: those two are 200 MB to install."""
