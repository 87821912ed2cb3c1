//! KDL 2 to nodes, and back into its canonical form.
//!
//! The reader is our own: fast, bounded in depth and memory, exact in its spans, and it finds what
//! KDL allows and the language does not. What it accepts, the `kdl` crate accepts with the same
//! values; a test holds the two together.

pub mod edit;
pub mod format;

mod chars;
mod complain;
mod entry;
mod errors;
mod lex;
mod number;
mod read;
mod text;

use crate::diagnostic::Diagnostics;
use crate::source::FileId;
use crate::syntax::Node;

pub use chars::{is_forbidden, is_marker};
pub use errors::CODES;
pub use read::MAX_DEPTH;

/// The nodes of a text.
///
/// `None` where nodes are missing or misread, so that looking at them would lead to findings that
/// are not true; `Some` otherwise, even with errors whose meaning is plain (`cpu=500m`, a property
/// given twice). At most a hundred findings are reported, and one that says so.
pub fn read(file: FileId, text: &str, diags: &mut Diagnostics) -> Option<Vec<Node>> {
    let mut errors = errors::Errors::new(file);
    chars::check(text, &mut errors);
    let (nodes, errors) = read::Reader::new(text, errors).document();
    let usable = !errors.misleading;
    errors.report(diags);
    usable.then_some(nodes)
}
