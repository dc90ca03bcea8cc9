"""The quickstart: two weeks of made-up traffic with incidents inside, and an honest report.

Recorded requests of real vendor SDKs are the templates (`traffic.jsonl.gz`); the people in them
are Faker's, so that distinct subjects are real. The truth is known, so the report can say what
was found and what was not.
"""
