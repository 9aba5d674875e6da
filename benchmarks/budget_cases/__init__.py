"""What issue 4 promises, one module per kind of claim, counted by the simulator."""
