"""What runs away from the server: the phone app and the store-and-forward agent."""
