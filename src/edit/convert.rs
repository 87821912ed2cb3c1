//! A spec file in its other spelling.

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{FileId, SourceFile, SourceTree};
use crate::spec::document::{self, Document, Role};
use crate::spec::same::same;
use crate::spec::{print_kdl, print_yaml, words};
use crate::syntax::kdl;

crate::codes! {
    /// The file says something that the other spelling cannot say: an empty list has no KDL form,
    /// and `releases.yaml` is YAML alone, because machines write it. For example
    /// `command: []` in YAML. Nothing was written. Say it differently, or keep the spelling.
    NOT_CONVERTIBLE = "not-convertible": "a file that has no form in the other spelling";
}

/// One of the two spellings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    Kdl,
    Yaml,
}

impl Spelling {
    pub fn extension(self) -> &'static str {
        match self {
            Spelling::Kdl => "kdl",
            Spelling::Yaml => "yaml",
        }
    }
}

/// A converted file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Converted {
    pub path: String,
    pub text: String,
    /// Comments that have no place in the new text.
    pub n_lost_comments: usize,
}

/// `file` in the given spelling, which may be its own. Its path says what it holds.
pub fn convert(file: &SourceFile, to: Spelling) -> Result<Converted, Vec<Diagnostic>> {
    let refuse = |why: String| {
        let finding = Diagnostic::error(NOT_CONVERTIBLE, format!("`{}`: {why}", file.path));
        vec![finding.help("keep the file as it is, or say it differently")]
    };
    let Some(role) = Role::of(&file.path) else {
        return Err(refuse("its path is not that of a spec file".into()));
    };
    let document = read(file, &role)?;
    if matches!(role, Role::Releases(_)) {
        return Err(refuse("releases are written in YAML alone".into()));
    }
    let body = match to {
        Spelling::Kdl => {
            let text = print_kdl::document(&document).map_err(refuse)?;
            kdl::format::format(FileId(0), &text, &words::stays_bare)
                .map_err(Diagnostics::into_sorted)?
        }
        Spelling::Yaml => print_yaml::document(&document),
    };
    let stem = file.path.rsplit_once('.').map_or("", |(stem, _)| stem);
    let is_kdl = file.path.ends_with(".kdl");
    let (comments, n_lost_comments) = comments(&file.text, is_kdl);
    let mark = match to {
        Spelling::Kdl => "//",
        Spelling::Yaml => "#",
    };
    let head: String = comments
        .iter()
        .map(|line| format!("{mark}{line}\n"))
        .collect();
    let converted = SourceFile {
        path: format!("{stem}.{}", to.extension()),
        text: head + &body,
    };
    let again = read(&converted, &role)?;
    if !same(&document.datum, &again.datum) {
        return Err(refuse("the other spelling would say something else".into()));
    }
    Ok(Converted {
        path: converted.path,
        text: converted.text,
        n_lost_comments,
    })
}

fn read(file: &SourceFile, role: &Role) -> Result<Document, Vec<Diagnostic>> {
    let sources = SourceTree::new([file.clone()]);
    let mut diags = Diagnostics::new();
    let document = document::read(&sources, FileId(0), role.clone(), &mut diags);
    match document.filter(|_| !diags.has_errors()) {
        Some(document) => Ok(document),
        None => Err(diags.into_sorted()),
    }
}

/// The lines of comments that begin the file, without their marks, and how many more there are.
fn comments(text: &str, is_kdl: bool) -> (Vec<&str>, usize) {
    let mark = if is_kdl { "//" } else { "#" };
    let head: Vec<_> = text
        .lines()
        .map_while(|line| line.strip_prefix(mark))
        .collect();
    let rest = text.lines().skip(head.len());
    let n_lost = rest.filter(|line| has_comment(line, is_kdl)).count();
    (head, n_lost)
}

/// Whether a line has a comment outside of its quotes.
fn has_comment(line: &str, is_kdl: bool) -> bool {
    let (mut quote, mut before) = (None, ' ');
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match quote {
            Some('"') if c == '\\' => {
                chars.next();
            }
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '"' || (c == '\'' && !is_kdl) => quote = Some(c),
            None if is_kdl && c == '/' && matches!(chars.peek(), Some('/' | '*' | '-')) => {
                return true;
            }
            None if !is_kdl && c == '#' && before.is_whitespace() => return true,
            None => {}
        }
        before = c;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_told_from_texts() {
        let cases = [
            (r#"a "http://x" // y"#, true, true),
            (r#"a "http://x""#, true, false),
            (r#"a "\"//" "x""#, true, false),
            ("a /-b", true, true),
            ("a: 'x # y'", false, false),
            ("a: x#y", false, false),
            ("a: x # y", false, true),
        ];
        for (line, is_kdl, expected) in cases {
            assert_eq!(has_comment(line, is_kdl), expected, "{line}");
        }
    }
}
