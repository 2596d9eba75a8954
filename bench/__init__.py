"""What `make bench` measures, and the sample that `make sample` writes."""
