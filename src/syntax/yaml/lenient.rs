//! Where Kubernetes' reader, which was made from libyaml, and the strict parser part: lines within
//! quotes and brackets may be indented less than YAML 1.2 demands, and some tabs and directives
//! that it takes are refused. The only file that asks libyaml.

use saphyr_parser::{Parser, ScanError};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// How often as many bytes as a text has are read again and written for it, all in all.
const READ: usize = 64;

/// Blanks that were put in front of lines.
#[derive(Debug, Default)]
pub(super) struct Blanks {
    /// Where each of them begins, in order: bytes of the text that has them.
    starts: Vec<usize>,
    width: usize,
}

impl Blanks {
    /// Bytes of blanks in front of the byte `at`.
    pub(super) fn before(&self, at: usize) -> usize {
        let n = self.starts.partition_point(|start| *start < at);
        let Some(last) = n.checked_sub(1).and_then(|last| self.starts.get(last)) else {
            return 0;
        };
        (n - 1) * self.width + self.width.min(at - last)
    }
}

/// A text in which lines within quotes and brackets are indented, and tabs are blanks, as the strict
/// parser wants it, which changes no value.
pub(super) struct Indented {
    pub(super) text: String,
    pub(super) blanks: Blanks,
    /// Bytes that may be read and written yet.
    left: usize,
}

impl Indented {
    /// `None` where that does not make it readable, or Kubernetes would not read it either.
    pub(super) fn new(text: &str) -> Option<Indented> {
        if is_doubtful(text) && refusal(text).is_some() {
            return None;
        }
        let mut it = Indented {
            text: text.to_owned(),
            blanks: Blanks {
                starts: Vec::new(),
                width: deepest(text) + 1,
            },
            left: text.len().saturating_mul(READ),
        };
        // Documents before are right.
        let mut from = 0;
        while let Some(error) = fault(it.text.get(from..)?) {
            it.left = it.left.checked_sub(it.text.len() - from)?;
            let at = from + byte(&it.text[from..], error.marker().index());
            let document = it.text[from..at].rfind("\n---");
            from = document.map_or(from, |start| from + start + 1);
            match error.info() {
                "invalid indentation in quoted scalar" => it.quoted(at)?,
                "invalid indentation" | "invalid indentation in flow construct" => {
                    it.indent(&[line(&it.text, at)])?;
                }
                _ => it.untab(at)?,
            }
        }
        Some(it)
    }

    /// Indents all lines of a quoted text but the first one.
    fn quoted(&mut self, start: usize) -> Option<()> {
        let length = super::spans::quoted_length(self.text.get(start..)?)?;
        let lines: Vec<usize> = self.text[start..start + length]
            .match_indices('\n')
            .map(|(at, _)| start + at + 1)
            .collect();
        self.indent(&lines)
    }

    /// Makes blanks of the tabs around a place and in front of its line.
    fn untab(&mut self, at: usize) -> Option<()> {
        let start = line(&self.text, at);
        let rest = self.text.get(start..)?;
        let indentation = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let (before, behind) = self.text.split_at_checked(at)?;
        let first = before.trim_end_matches([' ', '\t']).len();
        let last = self.text.len() - behind.trim_start_matches([' ', '\t']).len();
        let mut is_tab = false;
        for place in [start..start + indentation, first..last] {
            let blanks = self.text.get(place.clone())?;
            is_tab |= blanks.contains('\t');
            let blanks = " ".repeat(blanks.len());
            self.text.replace_range(place, &blanks);
        }
        is_tab.then_some(())
    }

    /// Indents lines by their first bytes. `None` where there are none, one of them is indented
    /// already, or the text would become too long.
    fn indent(&mut self, lines: &[usize]) -> Option<()> {
        let Blanks { starts, width } = &mut self.blanks;
        let is_done = |line: &usize| starts.binary_search(line).is_ok();
        if lines.is_empty() || lines.iter().any(is_done) {
            return None;
        }
        let length = lines.len().checked_mul(*width)?;
        let length = length.checked_add(self.text.len())?;
        self.left = self.left.checked_sub(length)?;
        let mut text = String::with_capacity(length);
        let mut copied = 0;
        for line in lines {
            text.push_str(self.text.get(copied..*line)?);
            text.extend(std::iter::repeat_n(' ', *width));
            copied = *line;
        }
        text.push_str(self.text.get(copied..)?);
        for start in starts.iter_mut() {
            *start += *width * lines.partition_point(|line| line < start);
        }
        let new = lines.iter().enumerate();
        starts.extend(new.map(|(n, line)| line + n * *width));
        starts.sort_unstable();
        self.text = text;
        Some(())
    }
}

/// The most columns in front of a line's content, dashes included.
fn deepest(text: &str) -> usize {
    let width = |line: &str| line.len() - line.trim_start_matches([' ', '-', '?']).len();
    text.lines().map(width).max().unwrap_or(0)
}

fn fault(text: &str) -> Option<ScanError> {
    let mut parser = Parser::new_from_str(text);
    while let Some(next) = parser.next_event() {
        if let Err(error) = next {
            return Some(error);
        }
    }
    None
}

fn byte(text: &str, index: usize) -> usize {
    let found = text.char_indices().nth(index);
    found.map_or(text.len(), |(at, _)| at)
}

/// The start of the line around a byte.
fn line(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

/// Does the text hold what the strict parser takes and Kubernetes may refuse: tabs, directives?
pub(super) fn is_doubtful(text: &str) -> bool {
    text.contains('\t') || text.starts_with('%') || text.contains("\n%")
}

/// Where libyaml stops in a doubtful text, as a byte of it, and why.
pub(super) fn refusal(text: &str) -> Option<(usize, String)> {
    if let Some(at) = other_version(text) {
        let why = "Kubernetes reads YAML 1.1, and this says that it is another";
        return Some((at, why.to_owned()));
    }
    for document in serde_yaml::Deserializer::from_str(text) {
        let Err(error) = IgnoredAny::deserialize(document) else {
            continue;
        };
        let at = error.location().map_or(0, |location| location.index());
        return Some((at, error.to_string()));
    }
    None
}

/// A directive with another version than 1.1.
fn other_version(text: &str) -> Option<usize> {
    let directives = text.match_indices("%YAML").filter(|(at, _)| {
        let before = &text[..*at];
        before.is_empty() || before.ends_with('\n')
    });
    let is_other = |at: &usize| {
        let version = text[*at..].split_whitespace().nth(1);
        version != Some("1.1")
    };
    directives.map(|(at, _)| at).find(is_other)
}
