"""Pages of referrals: lists and cases, the letter, the steps and the return."""
