"""Image filters with the answers of SciPy and scikit-image, in NumPy and Pillow.

Those two are 200 MB to install and take longer to import than a photograph takes to be read. Tests hold each filter to
SciPy's answers, bit for bit. Floats are two-dimensional float32 arrays, masks bool.
"""
