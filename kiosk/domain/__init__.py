"""What a deposit is: values and rules, without Qt, files or network."""
