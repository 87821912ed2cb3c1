//! A module uses only modules above it in `lib.rs`; unit tests may look down.

use std::collections::BTreeSet;

use super::{Source, sources};

#[test]
fn modules_use_only_modules_above_them() {
    let sources = sources(&["src"]);
    let order = order(&sources);
    let place = |name: &str| order.iter().position(|other| other == name);
    let mut offenders = Vec::new();
    for source in sources.iter().filter(|source| !source.is_test()) {
        let own = module(&source.path);
        let Some(at) = place(&own) else { continue };
        for used in used(&source.code()) {
            match place(&used) {
                Some(other) if other > at => {
                    offenders.push(format!("{}: crate::{used} stands below {own}", source.path));
                }
                Some(_) => {}
                // A macro of ours; all of them are declared in `diagnostic`.
                None if used == "codes" => {}
                None => offenders.push(format!("{}: crate::{used} is unknown", source.path)),
            }
        }
    }
    assert!(offenders.is_empty(), "{offenders:#?}");
}

fn order(sources: &[Source]) -> Vec<String> {
    let lib = sources.iter().find(|source| source.path == "src/lib.rs");
    let lines = lib.expect("src/lib.rs").text.lines();
    let name = |line: &str| {
        Some(
            line.strip_prefix("pub mod ")?
                .strip_suffix(';')?
                .to_string(),
        )
    };
    lines.filter_map(name).collect()
}

/// `src/emit/tree.rs` is of `emit`.
fn module(path: &str) -> String {
    let inner = path.trim_start_matches("src/");
    let name = inner.split('/').next().unwrap_or(inner);
    name.trim_end_matches(".rs").to_string()
}

/// The names behind `crate::`, groups included.
fn used(code: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (at, found) in code.match_indices("crate::") {
        let rest = &code[at + found.len()..];
        match rest.strip_prefix('{') {
            Some(group) => names.extend(heads(group)),
            None => names.extend(ident(rest)),
        }
    }
    names
}

/// The first names of the entries of a `use` group, whose opening brace is behind us.
fn heads(group: &str) -> Vec<String> {
    let mut heads = Vec::new();
    let mut depth = 0;
    let mut is_head = true;
    for (at, c) in group.char_indices() {
        match c {
            '}' if depth == 0 => break,
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' => is_head = depth == 0,
            _ if is_head && !c.is_whitespace() => {
                heads.extend(ident(&group[at..]));
                is_head = false;
            }
            _ => {}
        }
    }
    heads
}

fn ident(text: &str) -> Option<String> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    (end > 0).then(|| text[..end].to_string())
}

#[test]
fn uses_are_found_in_paths_and_groups() {
    let code = "use crate::{a::{b, c}, d,\n e};\nlet x = crate::f::g();\npub(crate) h;";
    let found: Vec<String> = used(code).into_iter().collect();
    assert_eq!(found, ["a", "d", "e", "f"]);
    assert_eq!(module("src/emit/tree.rs"), "emit");
    assert_eq!(module("src/source.rs"), "source");
}
