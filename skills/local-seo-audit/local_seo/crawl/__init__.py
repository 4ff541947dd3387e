"""Reading a website: addresses, fetching, robots.txt, sitemaps, the crawl itself, the raw store."""
