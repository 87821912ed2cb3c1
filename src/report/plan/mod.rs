//! Plans as text, one file for each spelling.

mod bar;
mod basis;
mod facts;
mod replaced;
mod requests;
mod room;
mod table;
pub mod html;
pub mod human;
pub mod json;
pub mod markdown;
pub mod svg;

use super::text::visible_line;

/// What a name of the user's may do to a terminal or a document: nothing.
fn name(text: &str) -> String {
    visible_line(text).into_owned()
}
