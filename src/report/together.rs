//! One place that causes the same finding many times is shown once, with what else it causes.

use std::borrow::Cow;

use crate::diagnostic::Diagnostic;

/// So many further messages are shown.
const SHOWN: usize = 3;

/// Findings of one code at one primary place become the first of them, in the order given.
pub fn together(found: &[Diagnostic]) -> Vec<Cow<'_, Diagnostic>> {
    let mut groups: Vec<(&Diagnostic, Vec<&Diagnostic>)> = Vec::new();
    for one in found {
        match groups.last_mut() {
            Some((first, more)) if same(first, one) => more.push(one),
            _ => groups.push((one, Vec::new())),
        }
    }
    groups
        .into_iter()
        .map(|(first, more)| join(first, &more))
        .collect()
}

/// Sorted findings of one place and code stand beside each other.
fn same(a: &Diagnostic, b: &Diagnostic) -> bool {
    let place = |one: &Diagnostic| one.labels.first().map(|label| label.span);
    a.code == b.code && a.severity == b.severity && place(a).is_some() && place(a) == place(b)
}

/// The message, with the facts that the first finding does not have.
fn also(first: &Diagnostic, one: &Diagnostic) -> String {
    let own = one.notes.iter().filter(|note| !first.notes.contains(note));
    let help = one.help.as_ref().filter(|_| one.help != first.help);
    let help = help.map(|help| format!("help: {help}"));
    let own: Vec<&str> = own.map(String::as_str).chain(help.as_deref()).collect();
    match (own.is_empty(), one.message == first.message) {
        (true, _) => format!("also: {}", one.message),
        (false, true) => format!("also: {}", own.join("; ")),
        (false, false) => format!("also: {} ({})", one.message, own.join("; ")),
    }
}

fn join<'a>(first: &'a Diagnostic, more: &[&Diagnostic]) -> Cow<'a, Diagnostic> {
    if more.is_empty() {
        return Cow::Borrowed(first);
    }
    let mut joined = first.clone();
    let mut notes: Vec<String> = Vec::new();
    for note in more.iter().map(|one| also(first, one)) {
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
    let n_more = notes.len().saturating_sub(SHOWN);
    notes.truncate(SHOWN);
    joined.notes.extend(notes);
    if n_more > 0 {
        joined.notes.push(format!("and {n_more} more of the same"));
    }
    Cow::Owned(joined)
}
