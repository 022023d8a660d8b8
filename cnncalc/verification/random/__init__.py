"""Random networks beside torch: a test of cnncalc's own rules, on whatever machine it runs."""
