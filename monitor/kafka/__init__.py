"""What every user of Kafka shares: how to connect, and which topics there are."""
