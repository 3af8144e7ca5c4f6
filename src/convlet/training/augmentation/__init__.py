"""What is done to training images at random, and images of none of the classes."""
