//! Which files of an environment are ours, and what was in them when we wrote them.
//!
//! One line a file, as `sha256sum` prints them, sorted by path: easy to merge, `sha256sum -c`
//! reads it, and the same tree gives the same bytes.

use std::collections::BTreeMap;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::HOME;
use crate::io::{Error, names};

pub(super) type Digest = [u8; 32];

/// What an environment owns on disk.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// Mostly one digest a path; both sides of a merge count.
    pub(super) owned: BTreeMap<String, Vec<Digest>>,
    /// The first line that cannot be read, from 1.
    pub(super) damaged: Option<usize>,
    /// As it is on disk.
    pub(super) text: Option<String>,
}

const FIRST_LINE: &str =
    "# tiphys ledger 1: the files that `tiphys build` owns; commit it, do not edit it";

/// Relative to the output.
pub(super) fn path(environment: &str) -> String {
    format!("{HOME}/{environment}.ledger")
}

pub(super) fn digest(bytes: &[u8]) -> Digest {
    Sha256::digest(bytes).into()
}

/// The environments that have a ledger, sorted.
pub(super) fn environments(out: &Path) -> Result<Vec<String>, Error> {
    let home = out.join(HOME);
    let fail = |cause| Error::new("read the folder", &home, cause);
    let entries = match std::fs::read_dir(&home) {
        Err(cause) if is_missing(&cause) => return Ok(Vec::new()),
        entries => entries.map_err(fail)?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let name = entry.map_err(fail)?.file_name();
        let name = name.to_str().and_then(|name| name.strip_suffix(".ledger"));
        found.extend(name.map(String::from));
    }
    found.sort();
    Ok(found)
}

/// The ledger of `environment`; an empty one if there is none.
pub(super) fn read(out: &Path, environment: &str) -> Result<Ledger, Error> {
    let file = out.join(path(environment));
    let metadata = std::fs::symlink_metadata(&file);
    if metadata.is_ok_and(|metadata| !metadata.is_file()) {
        return Err(Error::new("read", &file, "it is not a regular file"));
    }
    match std::fs::read(&file) {
        Ok(bytes) => Ok(parse(environment, bytes)),
        Err(cause) if is_missing(&cause) => Ok(Ledger::default()),
        Err(cause) => Err(Error::new("read", &file, cause)),
    }
}

pub(super) fn is_missing(cause: &std::io::Error) -> bool {
    cause.kind() == std::io::ErrorKind::NotFound
}

fn parse(environment: &str, bytes: Vec<u8>) -> Ledger {
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    };
    let mut ledger = Ledger::default();
    let head = text.lines().next();
    ledger.damaged = (head != Some(FIRST_LINE)).then_some(1);
    for (at, line) in text.lines().enumerate().skip(1) {
        match entry(environment, line) {
            Some((path, digest)) => ledger.owned.entry(path.into()).or_default().push(digest),
            None => ledger.damaged = ledger.damaged.or(Some(at + 1)),
        }
    }
    ledger.text = Some(text);
    ledger
}

/// Path and digest of each line, if each can be read and they are in order, none twice.
pub(super) fn lines<'l>(environment: &str, text: &'l str) -> Option<Vec<(&'l str, Digest)>> {
    let lines = text.lines().skip(1);
    let entries: Vec<_> = lines
        .map(|line| entry(environment, line))
        .collect::<Option<_>>()?;
    let is_sorted = entries.is_sorted_by(|(a, _), (b, _)| a < b);
    is_sorted.then_some(entries)
}

/// A line about a file of this environment. Anything else could make us delete what is not ours.
fn entry<'l>(environment: &str, line: &'l str) -> Option<(&'l str, Digest)> {
    let (hex, path) = line.split_once("  ")?;
    let below = path.strip_prefix(environment)?.strip_prefix('/')?;
    let is_ours = names::unportable_path(below).is_none();
    (is_ours).then_some((path, unhex(hex)?))
}

pub(super) fn unhex(hex: &str) -> Option<Digest> {
    let nibble = |byte: u8| (byte as char).to_digit(16);
    let mut digest = Digest::default();
    if hex.len() != 2 * digest.len() {
        return None;
    }
    for (byte, pair) in digest.iter_mut().zip(hex.as_bytes().chunks(2)) {
        *byte = (nibble(pair[0])? << 4 | nibble(pair[1])?) as u8;
    }
    Some(digest)
}

pub(super) fn push_hex(text: &mut String, digest: &Digest) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in digest {
        text.push(DIGITS[usize::from(byte >> 4)] as char);
        text.push(DIGITS[usize::from(byte & 15)] as char);
    }
}

/// The text of a ledger; `None` if nothing is owned.
pub(super) fn print(owned: &BTreeMap<&str, Vec<Digest>>) -> Option<String> {
    let mut text = String::with_capacity(100 + owned.len() * 144);
    text.push_str(FIRST_LINE);
    text.push('\n');
    for (path, digests) in owned {
        for digest in digests {
            push_hex(&mut text, digest);
            text.push_str("  ");
            text.push_str(path);
            text.push('\n');
        }
    }
    (!owned.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ledger_reads_back_what_it_printed() {
        let owned = BTreeMap::from([
            ("p/a.yaml", vec![digest(b"a")]),
            ("p/services/b  c.yaml", vec![digest(b"b"), digest(b"c")]),
        ]);
        let text = print(&owned).unwrap();
        let ledger = parse("p", text.clone().into_bytes());
        assert_eq!(ledger.damaged, None);
        let read: Vec<_> = ledger
            .owned
            .iter()
            .map(|(p, d)| (p.as_str(), d.clone()))
            .collect();
        assert_eq!(read, owned.into_iter().collect::<Vec<_>>());
        assert!(text.ends_with("  p/services/b  c.yaml\n"));
    }

    #[test]
    fn lines_about_files_elsewhere_are_damage() {
        let hex = "0".repeat(64);
        for line in [
            "<<<<<<< HEAD".to_string(),
            format!("{hex}  p/../q/a.yaml"),
            format!("{hex}  /etc/passwd"),
            format!("{hex}  q/a.yaml"),
            format!("{hex}  p"),
            format!("{hex} p/a.yaml"),
            format!("{}  p/a.yaml", &hex[1..]),
            "x".into(),
            String::new(),
        ] {
            let text = format!("{FIRST_LINE}\n{hex}  p/a.yaml\n{line}\n");
            let ledger = parse("p", text.into_bytes());
            assert_eq!(ledger.damaged, Some(3), "{line}");
            assert_eq!(ledger.owned.len(), 1, "{line}");
        }
        assert_eq!(parse("p", b"\xff".to_vec()).damaged, Some(1));
    }
}
