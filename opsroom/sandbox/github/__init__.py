"""A stand-in for GitHub's REST API, as far as documents need it: contents, blobs, trees, commits, refs, Apps.

Objects are git's own, hashed as git hashes them, so what the API names is what a clone would name.
"""
