"""What a value shows by itself: patterns, and the check digits and words that make sure.

One family of recognisers a module; their words and forms are in patterns.yaml.
"""
