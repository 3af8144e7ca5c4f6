"""Ways to train that are made for one engine: fused operations, replicas, whole epochs in one call, tf.data."""
