"""The writing side: what a training script imports."""
