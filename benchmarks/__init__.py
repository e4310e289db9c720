"""The proof: identify, inspect, convert, verify and measure a model. Only `worker/` loads frameworks."""
