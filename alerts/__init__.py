"""alerts remembers and tells: incidents, their delivery to sinks, and the index one searches."""
