"""What a customer holds, and their timeline."""
