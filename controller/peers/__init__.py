"""The other controllers: who sends events here, and who gets what was made of them."""
