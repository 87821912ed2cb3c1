//! Values to canonical bytes, and the layout of the tree.

pub mod tree;
pub mod yaml;
