//! The edge on a real disk: what the loader refuses, what the writer does to a tree.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "these tests set up and look at real files"
)]

use std::path::Path;

mod load;
mod tree;
mod write;

/// Writes `text` to `root/path`, folders included.
fn put(root: &Path, path: &str, text: impl AsRef<[u8]>) {
    let path = root.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}
