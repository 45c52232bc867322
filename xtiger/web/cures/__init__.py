"""The cures on the page of what needs a person: fields, buttons, and what they post."""
