//! GitLab's code quality report: a list in the shape of Code Climate's issues.
//!
//! A fingerprint tells findings apart between two versions of a file, so it is made of what a
//! finding says and not of its line; of equal ones the later are numbered.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::json::document;
use super::place::Places;
use super::remarks;
use crate::diagnostic::{Diagnostic, Severity};

/// One list, with a final newline. What has no place is shown at the first line of `.`, because
/// GitLab drops issues without one.
pub fn render(found: &[Diagnostic], places: &Places<'_>) -> String {
    let mut seen: BTreeMap<u128, u128> = BTreeMap::new();
    let issues: Vec<Value> = found
        .iter()
        .map(|one| issue(one, places, &mut seen))
        .collect();
    document(&issues)
}

fn issue(found: &Diagnostic, places: &Places<'_>, seen: &mut BTreeMap<u128, u128>) -> Value {
    let place = found.labels.first().map(|label| places.place(label.span));
    let (path, begin, end) = match place {
        Some(place) => (place.file, place.line, place.end_line),
        None => (".".to_owned(), 1, 1),
    };
    let what = digest(&[found.code.name, &path, &found.message]);
    let n = seen.entry(what).or_default();
    *n += 1;
    let fingerprint = what.wrapping_add(*n - 1);
    json!({
        "type": "issue",
        "check_name": found.code.name,
        "description": format!("{}{}", found.message, remarks(found)),
        "categories": ["Bug Risk"],
        "severity": match found.severity {
            Severity::Error => "major",
            Severity::Warning => "minor",
            Severity::Note => "info",
        },
        "fingerprint": format!("{fingerprint:032x}"),
        "location": {"path": path, "lines": {"begin": begin, "end": end}},
    })
}

/// FNV-1a of 128 bits, each text closed by a byte that no text has.
fn digest(texts: &[&str]) -> u128 {
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let bytes = texts.iter().flat_map(|text| text.bytes().chain([0xff]));
    bytes.fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d, |hash, byte| {
        (hash ^ u128::from(byte)).wrapping_mul(PRIME)
    })
}
