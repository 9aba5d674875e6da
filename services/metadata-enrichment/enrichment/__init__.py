"""
Find out which recording a track is and fill in its metadata.

The path of a track, in the order of the modules:

1. `contract.messages`    what a message says
2. `queueing.consumer`    drain a batch, decode, decide ack or dead letter
3. `pipeline.enrich`      the path over one batch, in one coroutine
4. `lookup.planner`       which questions are still worth asking
5. `lookup.lookup`        cache → lease → budget → provider
6. `matching`             accept, ambiguous or none, with reasons
7. `pipeline.merge`       which provider wins each field
8. `store.tracks.write`   values, provenance and records in one transaction
9. `scheduling.scheduler` what waits is published again when it is due
"""
