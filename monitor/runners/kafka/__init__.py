"""The Kafka runner: the same stages, any number of workers, exactly once by transactions.

    scan -> baseline -> alert -> deliver      each a consumer group of its own
                                 index        one copy of everything, to search in

Read `worker` first (the loop), then `transaction` (what commits together), `assignment` (how a
worker takes partitions over) and the stages, one module each.
"""
