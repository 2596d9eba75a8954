"""The second door: what happens without a browser. Claims, calls and records, each in a short transaction of its own."""
