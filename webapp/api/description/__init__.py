"""What does the API say of itself? Its OpenAPI document, and the page that compares it with the reference."""
