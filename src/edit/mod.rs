//! Edits of spec files that leave every other byte as it is.

pub mod releases;
pub mod convert;
pub mod scaffold;
