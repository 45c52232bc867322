"""What of a mapping cannot work, or not for every record: found before anything is written."""
