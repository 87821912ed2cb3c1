//! `explain [code]`: what a code means, why it matters and what to do.

use super::Exit;
use crate::diagnostic::Code;
use crate::io::terminal::Terminal;
use crate::report::markdown;

/// Explain a code, or list all of them
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Such as `unknown-field`
    code: Option<String>,
}

/// The tables of codes under the titles of the list; a title may have several tables.
const TABLES: &[(&str, &[&Code])] = &[
    ("Files", crate::io::LOAD_CODES),
    ("KDL", crate::syntax::kdl::CODES),
    ("YAML", crate::syntax::yaml::CODES),
    ("Language", crate::spec::merge::CODES),
    ("Language", crate::spec::problem::CODES),
    ("Fleet", crate::model::check::CODES),
    ("Fleet", crate::model::layers::CODES),
    ("Fleet", crate::model::load::CODES),
    ("Fleet", crate::plan::check::CODES),
    ("Rollouts", crate::plan::delivery_check::CODES),
    ("Policies", crate::policy::CODES),
    ("Templates", crate::render::CODES),
    ("Objects", crate::schema::CODES),
    ("Objects", crate::verify::CODES),
    ("Network", crate::plan::network::CODES),
    ("Edits", crate::edit::releases::CODES),
    ("Argo CD", crate::plan::environment::CODES),
    ("Tree", crate::compile::CODES),
    ("Tree", crate::io::tree::CODES),
];

/// Every code of the program, table by table.
pub fn all_codes() -> impl Iterator<Item = &'static Code> {
    TABLES.iter().flat_map(|(_, codes)| codes.iter().copied())
}

pub fn run(args: &Args, terminal: &mut Terminal) -> Exit {
    let Some(name) = &args.code else {
        terminal.result(&list());
        return Exit::Clean;
    };
    if let Some(code) = all_codes().find(|code| code.name == name) {
        let text = markdown::dedent(code.explanation);
        let text = markdown::render(&text, &terminal.result_look());
        terminal.result(&format!("{}: {}\n\n{text}", code.name, code.summary));
        return Exit::Clean;
    }
    terminal.error(&format!("there is no code `{name}`"));
    terminal.message(&match nearest(name) {
        Some(code) => format!("help: did you mean `{code}`?\n"),
        None => "help: `tiphys explain` lists all codes\n".to_string(),
    });
    Exit::Usage
}

fn list() -> String {
    let mut out = String::new();
    let width = all_codes().map(|code| code.name.len()).max();
    let width = width.unwrap_or_default();
    let mut last = "";
    for (title, codes) in TABLES {
        if *title != last {
            let gap = if last.is_empty() { "" } else { "\n" };
            out.push_str(&format!("{gap}{title}\n"));
            last = title;
        }
        for code in *codes {
            out.push_str(&format!("  {:width$}  {}\n", code.name, code.summary));
        }
    }
    out
}

/// The code of the nearest name, if it is near: a third of its letters may differ.
fn nearest(name: &str) -> Option<&'static str> {
    let near = all_codes().map(|code| (distance(name, code.name), code.name));
    let (steps, name) = near.min()?;
    (steps <= name.len() / 3).then_some(name)
}

/// Letters to insert, delete or replace between two names (Levenshtein); far names are far.
fn distance(a: &str, b: &str) -> usize {
    if a.len() > 2 * b.len() {
        return usize::MAX;
    }
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (n, one) in a.chars().enumerate() {
        let mut diagonal = n;
        row[0] = n + 1;
        for (at, other) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(one != *other);
            diagonal = row[at + 1];
            row[at + 1] = replaced.min(diagonal + 1).min(row[at] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_unique_and_kebab_case() {
        let mut seen = BTreeSet::new();
        for code in all_codes() {
            assert!(seen.insert(code.name), "`{}` is declared twice", code.name);
            let words = code.name.split('-');
            let is_word = |word: &str| !word.is_empty() && word.chars().all(is_letter);
            assert!(words.clone().all(is_word), "`{}`", code.name);
            assert!(code.name.starts_with(|c: char| c.is_ascii_lowercase()));
        }
    }

    fn is_letter(c: char) -> bool {
        c.is_ascii_lowercase() || c.is_ascii_digit()
    }

    #[test]
    fn codes_have_a_summary_and_at_least_two_sentences() {
        for code in all_codes() {
            let name = code.name;
            assert!(
                !code.summary.is_empty() && !code.summary.ends_with('.'),
                "{name}"
            );
            assert!(!code.summary.contains('\n'), "{name}");
            let text = code.explanation.replace('\n', " ");
            let ends = text.matches(". ").count() + text.matches(": ").count();
            assert!(
                ends >= 2,
                "`{name}` needs an explanation of two sentences:{text}"
            );
        }
    }

    #[test]
    fn distances_count_edits() {
        let cases = [
            ("", "", 0),
            ("abc", "abc", 0),
            ("abc", "abd", 1),
            ("kitten", "sitting", 3),
        ];
        for (a, b, expected) in cases {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
    }
}
