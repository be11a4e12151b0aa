"""This book beside what a reader, a learner or a teacher would use instead."""
