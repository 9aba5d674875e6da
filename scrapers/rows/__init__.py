"""What a crawl writes: columns, and which rows are tracks."""
