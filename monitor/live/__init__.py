"""Live views over Kafka's topics, and a start for stream jobs of your own: a Faust app.

NOTHING THAT MUST BE EXACT MAY DEPEND ON THIS. A view is derived and can be thrown away: it is
rebuilt from the topics at every start. Under kill -9 Faust was measured to lose and to double
records (the stages in `monitor.runners.kafka` do neither), so what is decided, stored or told to
people comes from there. Only this package imports Faust.

- `settings`, `credentials`: `kafka:` of the configuration, as Faust takes it
- `driver`: a consumer that reads committed records only; Faust's own reads aborted ones too
- `topics`: flows, sums, findings and alerts as typed topics
- `app`: the start of a job (`stream_app`), which deploy/examples shows in use
- `hour`, `view`: what happened in the last hour, in bounded memory
- `rereading`, `worker`, `server`: the process of `egresswatch live`
"""
