"""What the station keeps for its radio channels: the file of units and keys, and the book that ends read it through."""
