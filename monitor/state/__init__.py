"""What must survive a crash: source positions, watermarks and the stages' state."""
