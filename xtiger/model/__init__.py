"""The words as data: values, records, links, connections, plans, runs, conflicts."""
