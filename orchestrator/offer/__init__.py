"""Offers between companies: ranking, answering, sharing components."""
