"""The runners: thin shells that feed the stages and commit what they return."""
