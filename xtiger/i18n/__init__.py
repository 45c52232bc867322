"""Every language, every cause in words, and texts of strangers made harmless."""
