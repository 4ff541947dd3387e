"""Alerts: telling a person that something went wrong, within limits, and never about itself."""
