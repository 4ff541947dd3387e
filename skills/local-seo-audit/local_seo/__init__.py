"""A local SEO audit by fixed rules: crawl a website, check it, score it, report it. No model."""

VERSION = "1.0.0"
