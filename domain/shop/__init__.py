"""What customers do in the shop: orders of products, and custom events that programs report."""
