//! Checks of the items of a list of texts, beside those of single fields in `shape`.

use crate::value::Value;
use crate::verify::cursor::{Cursor, repeated};
use crate::verify::names::Wrong;
use crate::verify::object::shape::{
    ENTRY_DUPLICATE, FIELDS_CONTRADICT, Findings, PART_NAME_MALFORMED, WORD_UNKNOWN, listed,
};

/// Every item of the list must be one of a few words.
pub fn words(at: &Cursor, path: &str, known: &[&str], out: &mut Findings) {
    for item in at.list(path) {
        let Some(text) = item.value().as_str().filter(|text| !known.contains(text)) else {
            continue;
        };
        let message = format!("`{path}` does not know the word `{text}`");
        out.push(
            item.error(WORD_UNKNOWN, message)
                .help(format!("write one of {}", listed(known))),
        );
    }
}

/// Every item of the list must have a shape.
pub fn shaped(at: &Cursor, path: &str, check: fn(&str) -> Wrong, out: &mut Findings) {
    for item in at.list(path) {
        let Some(text) = item.value().as_str() else {
            continue;
        };
        if let Some(wrong) = check(text) {
            let message = format!("`{text}` in `{path}` {wrong}");
            out.push(
                item.error(PART_NAME_MALFORMED, message)
                    .help(format!("correct or remove `{text}`")),
            );
        }
    }
}

/// No two texts of the list may be the same.
pub fn distinct(at: &Cursor, path: &str, out: &mut Findings) {
    let list = at.find(path).and_then(Value::as_list).unwrap_or(&[]);
    for (index, item) in at.list(path).enumerate() {
        if repeated(list, index, Value::as_str) {
            let text = item.value().as_str().unwrap_or("");
            out.push(
                item.error(ENTRY_DUPLICATE, format!("`{text}` is in `{path}` twice"))
                    .help("remove one of the two"),
            );
        }
    }
}

/// A field that must not be there, and why.
pub fn forbidden(at: &Cursor, field: &str, why: &str, out: &mut Findings) {
    if at.has(field) {
        out.push(
            at.error_at(
                field,
                FIELDS_CONTRADICT,
                format!("`{field}` is given, and {why}"),
            )
            .help(format!("remove `{field}`")),
        );
    }
}

/// A path from the root.
pub fn absolute(text: &str) -> Wrong {
    (!text.starts_with('/')).then_some("must begin with `/`")
}
