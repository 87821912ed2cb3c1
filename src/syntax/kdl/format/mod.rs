//! The canonical form of a text: same nodes, same comments, one layout.
//!
//! Four spaces a level, one node a line, at most one blank line, string values in quotes and names
//! bare where they can be. A block that stands on one line stays there while it fits into 100
//! columns; continued lines stay continued.

mod entry;
mod layout;
mod print;
mod scan;

use crate::diagnostic::Diagnostics;
use crate::source::FileId;

/// Whether a bare word stays bare as an argument: the names of the nodes around it, outermost
/// first and its own node last, and the word.
pub type KeepBare<'a> = dyn Fn(&[&str], &str) -> bool + 'a;

/// `text` in canonical form; a text with errors is not formatted, and they are returned.
pub fn format(file: FileId, text: &str, keep_bare: &KeepBare<'_>) -> Result<String, Diagnostics> {
    let mut diags = Diagnostics::new();
    super::read(file, text, &mut diags);
    if !diags.is_empty() {
        return Err(diags);
    }
    Ok(print::document(&scan::document(text, keep_bare)))
}
