"""The page a person looks at: what each stand-in received, readable, refreshing itself."""
