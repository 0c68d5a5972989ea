"""The console: pages, scripts and styles, the routes and their view models."""
