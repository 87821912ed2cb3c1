//! The bundle of object schemas and its checker.
