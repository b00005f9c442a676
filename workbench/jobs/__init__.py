"""The operator's page of jobs: when each runs, what its last runs did, and running one now."""
