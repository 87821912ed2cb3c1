//! Where in an object a check stands, on the stack: text is made only once something is wrong.

use crate::value::{Value, pointer_step};

/// One step from the root of an object to the place that is being checked.
#[derive(Clone, Copy)]
pub struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Root,
    Key(&'a str),
    Index(usize),
}

impl<'a> Path<'a> {
    pub const ROOT: Path<'static> = Path {
        parent: None,
        step: Step::Root,
    };

    pub fn key(&'a self, key: &'a str) -> Path<'a> {
        Path {
            parent: Some(self),
            step: Step::Key(key),
        }
    }

    pub fn index(&'a self, index: usize) -> Path<'a> {
        Path {
            parent: Some(self),
            step: Step::Index(index),
        }
    }

    /// RFC 6901.
    pub fn pointer(&self) -> String {
        let mut pointer = String::new();
        for step in self.steps() {
            pointer.push('/');
            match step {
                Step::Root => {}
                Step::Key(key) => pointer.push_str(&pointer_step(key)),
                Step::Index(index) => pointer.push_str(&index.to_string()),
            }
        }
        pointer
    }

    /// From the root, which is left out.
    fn steps(&self) -> Vec<Step<'a>> {
        let mut steps = Vec::new();
        let mut at = *self;
        while let Some(parent) = at.parent {
            steps.push(at.step);
            at = *parent;
        }
        steps.reverse();
        steps
    }
}

/// As people write it: `spec.containers[0].name`, `metadata.labels["example.org/team"]`; the root
/// is `the object`.
impl std::fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let steps = self.steps();
        if steps.is_empty() {
            return write!(f, "the object");
        }
        write!(f, "`")?;
        for (at, step) in steps.iter().enumerate() {
            match step {
                Step::Root => {}
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) if !plain(key) => write!(f, "[\"{}\"]", shorten(key))?,
                Step::Key(key) if at == 0 => write!(f, "{key}")?,
                Step::Key(key) => write!(f, ".{key}")?,
            }
        }
        write!(f, "`")
    }
}

fn plain(key: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '$');
    !key.is_empty() && key.len() <= LONGEST && key.chars().all(word)
}

const LONGEST: usize = 60;

/// At most sixty characters on one line.
fn shorten(text: &str) -> String {
    let escaped: String = text
        .chars()
        .take(LONGEST)
        .flat_map(char::escape_debug)
        .collect();
    match text.chars().count() > LONGEST {
        true => format!("{escaped}…"),
        false => escaped,
    }
}

/// A value as a message shows it: `"text"`, `3`, `a list`.
pub fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => format!("`{flag}`"),
        Value::Int(number) => format!("`{number}`"),
        Value::Float(number) => format!("`{number:?}`"),
        Value::Str(text) => format!("`\"{}\"`", shorten(text)),
        Value::List(_) => "a list".to_owned(),
        Value::Map(_) => "a map".to_owned(),
    }
}

/// The candidate that is spelled most like `name`, if one is near enough to be meant.
pub fn nearest<'c>(name: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    let name: Vec<char> = name.chars().take(LONGEST).collect();
    let limit = name.len().div_ceil(3);
    candidates
        .filter(|candidate| candidate.chars().count().abs_diff(name.len()) <= limit)
        .map(|candidate| (distance(&name, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Edits between two words, swaps of neighbours included; case counts nothing.
fn distance(a: &[char], b: &str) -> usize {
    let fold = |c: char| c.to_ascii_lowercase();
    let b: Vec<char> = b.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let same = fold(a[i - 1]) == fold(b[j - 1]);
            let edit = last[j - 1] + usize::from(!same);
            let mut best = edit.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1
                && j > 1
                && fold(a[i - 1]) == fold(b[j - 2])
                && fold(a[i - 2]) == fold(b[j - 1])
            {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}
