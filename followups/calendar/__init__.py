"""When follow-ups are done: booked, planned, tried, lost and found."""
