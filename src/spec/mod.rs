//! The language: one table of fields that decodes, documents and checks both spellings.

pub mod scalar;
pub mod unit;
pub mod bound;
mod git;
pub mod text;
mod endpoint;
pub mod shape;
pub mod field;
pub mod language;
pub mod problem;
mod elsewhere;
pub mod suggest;
mod stand_in;
pub mod decode_kdl;
pub mod decode_yaml;
pub mod merge;
pub mod document;
pub mod words;
pub mod print_kdl;
pub mod print_yaml;
pub mod same;
pub mod json_schema;
pub mod reference;
pub mod spelling;
pub mod defaults;
