//! The edge: the only module that touches the disk, the environment, the clock and processes.
//!
//! [`load`] fills a `SourceTree` from a fleet root. What a user can mend is a finding with a code;
//! what only the machine's owner can mend is an [`Error`].
#![allow(
    clippy::disallowed_methods,
    reason = "this module is the edge that the other modules are kept away from"
)]

use std::fmt;
use std::path::{Path, PathBuf};

pub mod clock;
mod load;
mod manifests;
mod names;
mod read;
pub mod terminal;
pub mod tree;
mod write;

pub use load::{CODES as LOAD_CODES, load};
pub use manifests::{Manifest, load_manifests, waiver_files};
pub use read::{
    absolute, create_folder, exists, read_file, remove_file, repository_prefix, written_prefix,
};
pub use write::write_file_atomic;

/// The world failed: what was tried, where, and what the system said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What could not be done, as in "could not *write*": an infinitive.
    pub action: String,
    pub path: PathBuf,
    /// One line.
    pub cause: String,
}

impl Error {
    pub fn new(action: impl Into<String>, path: &Path, cause: impl fmt::Display) -> Error {
        Error {
            action: action.into(),
            path: path.to_path_buf(),
            cause: one_line(&cause.to_string()),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = names::shown(&self.path.to_string_lossy());
        write!(f, "could not {} `{path}`: {}", self.action, self.cause)
    }
}

impl std::error::Error for Error {}

/// The system's words in the project's style: one line, lower case, without the error number.
fn one_line(cause: &str) -> String {
    let line = cause.split(" (os error").next().unwrap_or(cause);
    let mut line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_word = line.chars().nth(1).is_some_and(char::is_lowercase);
    if is_word && let Some(first) = line.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_line_without_error_numbers() {
        let cause = std::io::Error::from_raw_os_error(2);
        let error = Error::new("read", Path::new("a\nb"), cause);
        assert!(
            error
                .to_string()
                .starts_with("could not read `a\\nb`: no such file")
        );
        assert!(!error.to_string().contains(['\n', '(']));
    }
}
