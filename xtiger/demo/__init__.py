"""A small but real CRM, as a CRM company would write it, with XTiger plugged in."""
