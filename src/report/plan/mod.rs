//! Plans as text, one file for each spelling.

mod bar;
mod basis;
mod facts;
pub mod human;

use super::text::visible_line;

/// What a name of the user's may do to a terminal or a document: nothing.
fn name(text: &str) -> String {
    visible_line(text).into_owned()
}
