"""The steps that make the tables of the queue; their version table is xt_version_queue."""
