"""The services that find which records of both sides are one, for a person to decide."""
