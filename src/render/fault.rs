//! A fault of one rendering, before it has a place in a file.
//!
//! Plain rendering keeps no places. Only when something is wrong is the template rendered again
//! to learn which line wrote what.

use std::fmt;

use crate::diagnostic::Code;
use crate::render::codes;

/// What is wrong. The message continues a sentence whose subject is the expression or template.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    pub code: &'static Code,
    pub place: Place,
    pub message: String,
    pub help: Option<String>,
}

/// Where a fault lies in what was rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The expression with this number.
    Slot(usize),
    /// A line and a column of the skeleton.
    Text(Point),
    /// The whole result.
    Whole,
}

/// A line from 1 and a column from 0 in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    pub line: u32,
    pub column: u32,
}

impl Fault {
    pub fn new(code: &'static Code, place: Place, message: impl Into<String>) -> Fault {
        Fault {
            code,
            place,
            message: message.into(),
            help: None,
        }
    }

    pub fn help(mut self, text: impl Into<String>) -> Fault {
        self.help = Some(text.into());
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

impl From<Fault> for minijinja::Error {
    fn from(fault: Fault) -> minijinja::Error {
        let detail = fault.message.clone();
        minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, detail).with_source(fault)
    }
}

/// An expression is null.
pub fn null(place: Place) -> Fault {
    Fault::new(codes::TEMPLATE_NULL, place, "is null")
        .help("write `| optional` behind the expression to leave the field out, or give a value")
}

/// A list or map holds a null at a pointer.
pub fn nested_null(place: Place, below: &str) -> Fault {
    let message = match below {
        "" => "holds a null".to_owned(),
        _ => format!("holds a null at `{below}`"),
    };
    Fault::new(codes::TEMPLATE_NULL, place, message)
        .help("leave the field out of the value, or write the map field by field with `| optional`")
}

/// A field that selects peers is empty.
pub fn empty_peers(name: &str, place: Place) -> Fault {
    let message = format!("leaves `{name}` empty, which would select everyone");
    Fault::new(codes::TEMPLATE_EMPTY_PEERS, place, message).help(format!(
        "name the peers, leave the rule out, or write `{name}: ${{ any }}` if everyone is meant"
    ))
}

/// The constant `any` stands where it means nothing.
pub fn misplaced_any(place: Place) -> Fault {
    let message = format!(
        "means everyone, which only {} can say",
        crate::render::skeleton::PEERS.join(", ")
    );
    Fault::new(codes::TEMPLATE_VALUE, place, message)
}

/// A value would be read by Argo.
pub fn argo(place: Place) -> Fault {
    Fault::new(
        codes::TEMPLATE_ARGO,
        place,
        "has `{{` in its value, and Argo fills in templates in this field",
    )
    .help("change the value; what Argo is meant to fill in is written in the template itself")
}
