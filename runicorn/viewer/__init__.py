"""The viewer: a Flask application over one storage root."""
