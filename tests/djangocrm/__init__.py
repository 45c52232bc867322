"""A home-made CRM on Django, as the adapter's tests use it: ordinary models, ordinary traps."""
