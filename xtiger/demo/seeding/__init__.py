"""What the demo begins with: how it is invented, written and loaded."""
