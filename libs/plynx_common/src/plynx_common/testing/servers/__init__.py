"""Real servers for tests: RabbitMQ, MongoDB and S3.

A test asks for the fixture `amqp_url`, `mongodb_url` or `s3_url` and gets the URL of a vhost, a database or a bucket of
its own, as the platform's settings take it, gone after the test. The servers behind them start when the first test
needs one, all that the session needs at once, and end with it. For each, the first that is there is taken:

1. the server that an environment variable names:
   * `PLYNX_TEST_AMQP_URL`     `amqp://user:password@host:port/vhost`, and its management API, which makes the vhosts:
     `PLYNX_TEST_AMQP_MANAGEMENT_URL` (by itself `http://user:password@host:15672`); the user is an administrator
   * `PLYNX_TEST_MONGODB_URL`  `mongodb://host:port/database?replicaSet=name`; databases are made beside the one named
   * `PLYNX_TEST_S3_URL`       `s3://key:secret@host:port/bucket?tls=false`; buckets are made beside the one named
2. a container, if a Docker engine answers within 2 s
3. the programs of the machine, run privately in a throw-away directory on free ports of 127.0.0.1
4. none: in CI (`CI` is set) the test fails, elsewhere it is skipped, and a line at the end names the remedy

Their directories are made in memory where there is room, else among the temporary files; `PLYNX_TEST_SERVERS_IN`
names another place.

A test that kills, freezes or wipes a server starts its own with the fixture `start_server`:

    broker = start_server(RabbitMQ(consumer_timeout=timedelta(seconds=8)))
    broker.kill()
    await asyncio.to_thread(broker.start)   # every call blocks: an async test leaves it to a thread

`RabbitMQ`, `MongoDB` and `CephS3` work without pytest too, as context managers: `with MongoDB(members=3) as store:`.
Nothing outlives the process that started them, not even after its SIGKILL.
"""
