//! A fault of one rendering, before it has a place in a file.
//!
//! Plain rendering keeps no places. Only when something is wrong is the template rendered again
//! to learn which line wrote what.

use std::fmt;

use crate::diagnostic::Code;

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
