"""The index in Elasticsearch 9: for more than one host, more than one reader, and Kibana.

Start at `index` (the store) and `write` (how records get there); `layout` says how they lie.
"""
