"""What the name of a key shows: `names` decides by keys.yaml, `reader` adds the company.

A key decides only where the shape of the value agrees (`shapes`).
"""
