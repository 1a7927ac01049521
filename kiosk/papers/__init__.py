"""What gets printed: pure layouts, and one file that draws them."""
