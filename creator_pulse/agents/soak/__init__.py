"""``pulse soak``: a steady rate for a while, and whether anything grows that should not."""
