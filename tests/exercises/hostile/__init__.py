"""A course with honest and hostile learners, made anew for each test run."""
