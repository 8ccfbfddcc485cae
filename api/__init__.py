"""The service: takes photos over HTTP, keeps reports and photos, lets supervisors review.

`api.app.create_app` makes it. Nothing is imported here, so that the command line stays light.
"""
