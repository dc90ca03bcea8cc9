"""Real services for development and tests, as local processes: no container, no root.

    python -m deploy.dev kafka start|stop|status|wipe
    python -m deploy.dev elasticsearch start|stop|status|wipe

They are one broker and one node, without security, on the loopback: never for production.
"""
