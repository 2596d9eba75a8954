"""The wizard that builds a distribution: four steps, each with its form, and a summary from which it is launched."""
