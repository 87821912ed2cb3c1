//! From a fleet root on disk to a `SourceTree`: `environments/`, `templates/`, `schemas/`.
//!
//! Everything odd is refused with a code and the rest is read on, so that one run says it all.
//! Names that begin with a dot are not looked at. Files are read in parallel, and sorted.

use std::fs::{File, Metadata};
use std::io::Read;
use std::path::Path;

pub use self::codes::CODES;
use self::codes::*;
pub(super) use self::codes::{
    FILE_TOO_LARGE, FILE_UNREADABLE, INPUT_SPECIAL_FILE, INPUT_SYMLINK, INPUT_TOO_LARGE,
    TOO_MANY_FILES,
};
use self::walk::{AREAS, Found, cannot_read, is_also, walk};
use super::{Error, names, one_line};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{SourceFile, SourceTree};
use rayon::prelude::*;

mod codes;
mod walk;

/// Bytes of one spec, template or policy file.
const SPEC_FILE_LIMIT: u64 = 1 << 20;
/// Bytes of one file in `environments/also/` or `schemas/crds/`, which come from elsewhere.
const FOREIGN_FILE_LIMIT: u64 = 8 << 20;
/// Bytes of all files together.
const TREE_LIMIT: u64 = 64 << 20;
/// From this many files on, reading in parallel pays.
const MANY: usize = 64;

/// Reads the inputs of the fleet at `root`. A byte order mark is dropped; spans count without it.
///
/// What cannot be part of a fleet is reported in `diags` and left out: with errors in there, the
/// tree is not complete. Fails if `root` itself is not a folder that can be read.
pub fn load(root: &Path, diags: &mut Diagnostics) -> Result<SourceTree, Error> {
    std::fs::read_dir(root).map_err(|cause| Error::new("read the folder", root, cause))?;
    if std::fs::symlink_metadata(root.join("environments")).is_err() {
        let message = format!("`{}` has no folder `environments`", shown_root(root));
        diags.push(Diagnostic::error(ENVIRONMENTS_MISSING, message).help(root_help(root)));
        return Ok(nothing());
    }
    let (mut found, mut refused) = (Vec::new(), Vec::new());
    for area in AREAS {
        if !walk(root, area, &mut found, &mut refused, diags) {
            return Ok(nothing());
        }
    }
    if !within_limit(&mut found, &mut refused, diags) {
        return Ok(nothing());
    }
    let files = read_all(found, &mut refused, diags);
    Ok(SourceTree::new(files).with_refused(refused))
}

/// A tree of which nothing could be read.
fn nothing() -> SourceTree {
    SourceTree::default().with_refused(vec!["environments".to_string()])
}

/// Where to look instead of `root`: above it, if it is the folder `environments` itself.
fn root_help(root: &Path) -> String {
    let holds = |name: &str| std::fs::symlink_metadata(root.join(name)).is_ok();
    let above = match root.parent() {
        _ if !holds("fleet.kdl") && !holds("fleet.yaml") => {
            return "name the root of a fleet with `-C DIR`, or start one with `tiphys init`"
                .into();
        }
        Some(_) if root == Path::new(".") => "write `-C ..`".to_string(),
        Some(above) if !above.as_os_str().is_empty() => {
            format!("write `-C {}`", names::shown(&above.to_string_lossy()))
        }
        _ => "leave out `-C`".to_string(),
    };
    format!("{above}: this is the folder `environments` itself, and the root is above it")
}

fn shown_root(root: &Path) -> String {
    let full = std::path::absolute(root).unwrap_or_else(|_| root.to_path_buf());
    names::shown(&full.to_string_lossy())
}

fn file_limit(path: &str) -> u64 {
    match is_also(path) || path.starts_with("schemas/crds/") {
        true => FOREIGN_FILE_LIMIT,
        false => SPEC_FILE_LIMIT,
    }
}

/// Drops and reports files that are too large; `false` if the rest is too large together.
fn within_limit(
    found: &mut Vec<Found>,
    refused: &mut Vec<String>,
    diags: &mut Diagnostics,
) -> bool {
    found.retain(|file| {
        let (size, limit) = (file.metadata.len(), file_limit(&file.path));
        if size > limit {
            let mib = limit >> 20;
            let message = format!("`{}` has {size} bytes, more than {mib} MiB", file.path);
            diags.push(Diagnostic::error(FILE_TOO_LARGE, message).help("split the file"));
            refused.push(file.path.clone());
        }
        size <= limit
    });
    let sum: u64 = found.iter().map(|file| file.metadata.len()).sum();
    if sum > TREE_LIMIT {
        let (n, mib) = (found.len(), TREE_LIMIT >> 20);
        let message = format!("{n} input files have {sum} bytes together, more than {mib} MiB");
        diags.push(
            Diagnostic::error(INPUT_TOO_LARGE, message)
                .help("split the fleet into several fleet roots"),
        );
    }
    sum <= TREE_LIMIT
}

fn read_all(
    found: Vec<Found>,
    refused: &mut Vec<String>,
    diags: &mut Diagnostics,
) -> Vec<SourceFile> {
    let paths: Vec<_> = found.iter().map(|file| file.path.clone()).collect();
    let results: Vec<_> = match found.len() < MANY {
        true => found.into_iter().map(read).collect(),
        false => found.into_par_iter().map(read).collect(),
    };
    let mut files = Vec::with_capacity(results.len());
    for (path, result) in paths.into_iter().zip(results) {
        match result {
            Ok(file) => files.push(file),
            Err(refusal) => {
                refused.push(path);
                diags.push(*refusal);
            }
        }
    }
    files
}

fn read(found: Found) -> Result<SourceFile, Box<Diagnostic>> {
    let path = found.path.as_str();
    let bytes = match read_bytes(&found) {
        Ok(bytes) => bytes,
        Err(cause) => return Err(Box::new(cannot_read(path, &one_line(&cause.to_string())))),
    };
    let mut text = text_of(path, bytes)?;
    if text.starts_with('\u{feff}') {
        text.drain(..'\u{feff}'.len_utf8());
    }
    let path = found.path;
    Ok(SourceFile { path, text })
}

/// Exactly the file that was seen, and no more of it than was seen.
fn read_bytes(found: &Found) -> std::io::Result<Vec<u8>> {
    let file = File::open(&found.on_disk)?;
    let now = file.metadata()?;
    if !is_same(&found.metadata, &now) {
        return Err(std::io::Error::other("it was replaced while it was read"));
    }
    let size = found.metadata.len();
    let mut bytes = Vec::with_capacity(size as usize + 1);
    file.take(size + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 == size {
        true => Ok(bytes),
        false => Err(std::io::Error::other("it changed while it was read")),
    }
}

#[cfg(unix)]
fn is_same(seen: &Metadata, now: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (seen.dev(), seen.ino()) == (now.dev(), now.ino())
}

#[cfg(not(unix))]
fn is_same(_: &Metadata, now: &Metadata) -> bool {
    now.is_file()
}

pub(super) fn text_of(path: &str, bytes: Vec<u8>) -> Result<String, Box<Diagnostic>> {
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        let line = line_of(&bytes, at);
        let message = format!("`{path}` holds a NUL byte at offset {at}, in line {line}");
        let refusal = Diagnostic::error(FILE_HAS_NUL, message);
        return Err(Box::new(refusal.help("save it as UTF-8 without NUL bytes")));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let (byte, line) = (error.as_bytes()[at], line_of(error.as_bytes(), at));
        let message =
            format!("`{path}` is not UTF-8: byte 0x{byte:02x} at offset {at}, in line {line}");
        Box::new(Diagnostic::error(FILE_NOT_UTF8, message).help("save it as UTF-8"))
    })
}

fn line_of(bytes: &[u8], at: usize) -> usize {
    bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1
}
