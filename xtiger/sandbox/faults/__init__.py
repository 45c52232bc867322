"""What goes wrong on request, and the limits that calls run into."""
