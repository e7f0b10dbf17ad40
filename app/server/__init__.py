"""The web server: processes, connections, and the bridge from ASGI to the Flask application."""
