"""What people look at outside a terminal: the report as one HTML file. Pure: values in, bytes out."""
