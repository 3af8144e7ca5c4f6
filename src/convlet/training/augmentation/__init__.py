"""Make random changes to training images, and images of none of the classes."""
