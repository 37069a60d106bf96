"""Published answers beside the twin's own."""
