"""Speed up training on particular engines: fused operations, replicas, whole epochs in one call, tf.data."""
