"""One module for each notebook that holds exercises; all are found by being here."""
