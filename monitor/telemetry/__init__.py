"""What the program says of itself: logs that hold no payload."""
