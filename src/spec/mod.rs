//! The language: one table of fields that decodes, documents and checks both spellings.
