"""
Hostile input against the real worker, service and spiders, on real servers.

One question for every case: good tracks stand beside something hostile; do all of them
come out well, and does no process of ours end? To add a case:

1. Take or add the module of its kind: `test_messages.py` (RabbitMQ), `test_letters.py`
   (dead letters), `test_redis.py`, `test_http.py`, `test_files.py`, …
2. Put the hostile thing there with as little help from our code as possible: raw bytes
   to the port (`amqp_by_hand.Client` for RabbitMQ), a file on disk, a row by SQL. A
   client library would refuse to send what hostile clients send.
3. Use the fixtures of `conftest.py`. `ground` is a running simulator and empty servers:
   `ground.publish_good()` queues the good tracks, `ground.workers.start()` starts a
   worker, `ground.until_good_are_done()` waits for them, and `ground.nobody_suffered()`
   asserts that all good tracks are completed once, that none is a dead letter and that
   every worker still runs. `serve()` starts the HTTP service.
4. Wait with `pipeline.until`, never sleep, and put cases of one kind into one run of a
   worker: the whole folder has four minutes in CI. It is part of `make test`.
5. See the case fail on the code before the mend.
"""
