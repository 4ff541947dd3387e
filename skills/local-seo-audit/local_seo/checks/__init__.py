"""The checks: one module per chapter of the audit; each only reads the site and reports findings."""
