"""Component resources: what is built, and the pure planning it rests on."""
