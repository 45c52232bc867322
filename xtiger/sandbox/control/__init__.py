"""What a test may ask of the sandbox: its beginning, its calls, its control over HTTP."""
