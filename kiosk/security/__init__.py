"""Keys of the device, and sealing."""
