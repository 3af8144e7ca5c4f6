"""Random changes of training images, and images of none of the classes."""
