"""Lists of tasks: filters, order, full text, and the whole board at once."""
