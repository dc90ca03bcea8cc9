"""What the detector finds in files, for people and for measuring it.

`reading` gives the records of a file, decoded; `detector` the hits in them that count; `finding`
what a hit is called outside; `scoring` compares findings with the truth of one record (pure),
`tally` adds records up, `report` shows the sums.
"""
