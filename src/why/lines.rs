//! Which value each line of a manifest writes.

use super::is_open;
use crate::diagnostic::Diagnostics;
use crate::source::{FileId, Span};
use crate::syntax::{Yaml, YamlKind, yaml};
use crate::value::pointer_step;

/// The pointer of the innermost value that begins on each line, or that the line continues. The
/// text is one document of the canonical writer.
pub fn pointers(text: &str) -> Vec<String> {
    let n_lines = text.lines().count();
    let mut lines = Lines::new(text);
    let trees = yaml::read_manifests(FileId(0), text, &mut Diagnostics::new());
    for tree in &trees {
        lines.value(tree, "");
    }
    let mut last = String::new();
    let mut pointers = lines.pointers;
    pointers.truncate(n_lines);
    pointers
        .into_iter()
        .map(|pointer| {
            last = pointer.unwrap_or_else(|| last.clone());
            last.clone()
        })
        .collect()
}

struct Lines<'a> {
    text: &'a str,
    /// The byte at which each line begins.
    starts: Vec<usize>,
    pointers: Vec<Option<String>>,
}

impl Lines<'_> {
    fn new(text: &str) -> Lines<'_> {
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        let starts: Vec<_> = std::iter::once(0).chain(breaks).collect();
        let pointers = starts.iter().map(|_| None).collect();
        Lines {
            text,
            starts,
            pointers,
        }
    }

    /// What is noted later is further inside.
    fn note(&mut self, span: Span, pointer: &str) {
        let line = self.line(span);
        if let Some(slot) = self.pointers.get_mut(line) {
            *slot = Some(pointer.to_string());
        }
    }

    /// A block scalar begins behind the line of its dash.
    fn item(&mut self, item: &Yaml, pointer: &str) {
        let line = self.line(item.span);
        let start = self.starts.get(line).copied().unwrap_or(0);
        let before = self
            .text
            .get(start..item.span.start as usize)
            .unwrap_or("-");
        let is_block = matches!(item.kind, YamlKind::Scalar(_)) && before.trim().is_empty();
        let first = line.saturating_sub(usize::from(is_block));
        if let Some(slot) = self.pointers.get_mut(first) {
            *slot = Some(pointer.to_string());
        }
    }

    fn line(&self, span: Span) -> usize {
        let start = span.start as usize;
        let after = self.starts.partition_point(|line| *line <= start);
        after.saturating_sub(1)
    }

    fn value(&mut self, tree: &Yaml, at: &str) {
        match &tree.kind {
            YamlKind::Scalar(_) => {}
            YamlKind::List(list) => {
                for (number, item) in list.iter().enumerate() {
                    let below = format!("{at}/{number}");
                    self.item(item, &below);
                    self.value(item, &below);
                }
            }
            YamlKind::Map(entries) => {
                for (key, value) in entries {
                    let below = format!("{at}/{}", pointer_step(&key.text));
                    self.note(key.span, &below);
                    if is_open(value) {
                        self.value(value, &below);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_has_the_innermost_value_that_it_writes() {
        let text = "\
a: 1
b:
  c/d: x
  list:
    - name: one
      args:
        - -v
        - |
          first

          second
    - name: two
    - - deep
empty: {}
";
        let expected = [
            "/a",
            "/b",
            "/b/c~1d",
            "/b/list",
            "/b/list/0/name",
            "/b/list/0/args",
            "/b/list/0/args/0",
            "/b/list/0/args/1",
            "/b/list/0/args/1",
            "/b/list/0/args/1",
            "/b/list/0/args/1",
            "/b/list/1/name",
            "/b/list/2/0",
            "/empty",
        ];
        assert_eq!(pointers(text), expected);
    }
}
