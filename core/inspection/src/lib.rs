//! An inspection's document read under its checklist.
