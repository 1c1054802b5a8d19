//! Permits: signing, signing anew, withdrawing, the list of keys and withdrawals.
