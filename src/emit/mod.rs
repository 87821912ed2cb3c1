//! Values to canonical bytes, and the layout of the tree.

pub mod tree;
pub mod yaml;

/// All files of a tree as one YAML stream, in the order of their paths.
pub fn stream(tree: &tree::Tree) -> String {
    let mut out = String::new();
    for (_, text) in tree.files() {
        if !out.is_empty() {
            out.push_str("---\n");
        }
        out.push_str(text);
    }
    out
}
