"""What is read: pages and charts from released results only."""
