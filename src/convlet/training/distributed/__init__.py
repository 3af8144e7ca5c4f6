"""Train with several processes, on one machine or many."""
