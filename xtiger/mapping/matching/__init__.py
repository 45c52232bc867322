"""The rules of matching as they are typed, and what of them cannot work in a module."""
