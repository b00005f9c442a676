"""Ways of care in steps: templates as data, and how a patient's way along one goes on."""
