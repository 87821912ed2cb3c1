//! Drafts and templates to values.
