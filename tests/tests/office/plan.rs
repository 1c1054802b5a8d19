//! The annual plan, from a draft to approval and back.
