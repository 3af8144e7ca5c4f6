"""What is made for one engine alone, for speed: fused operations, replicas, whole epochs in one call."""
