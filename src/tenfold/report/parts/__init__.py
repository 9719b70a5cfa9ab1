"""What the formats share: order, harmless text, pages, remedies. No format itself."""
