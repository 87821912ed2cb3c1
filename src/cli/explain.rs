//! `explain`: what a code means, what a word of the language means, what a template reads.

use std::collections::BTreeMap;
use std::path::Path;

use super::Exit;
use super::compile::failed;
use crate::compile::complete;
use crate::compile::inputs::{self, Input};
use crate::diagnostic::{Code, Diagnostics};
use crate::io::{self, terminal::Terminal};
use crate::policy::Policies;
use crate::render::Renderer;
use crate::report::markdown;
use crate::report::text::{self, visible};
use crate::spec::shape::StructShape;
use crate::spec::{problem, reference};

/// Explain a code, the language or a template
///
/// `explain` lists all codes, `explain <code>` explains one. `explain language` lists the nouns,
/// `explain language service.calls` explains a field. `explain template` lists the templates,
/// `explain template rollout` shows one and what it reads.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A code such as `unknown-field`, or `language`, or `template`
    code: Option<String>,
    /// A noun, a field as `<noun>.<field>`, or the name of a template
    name: Option<String>,
}

/// The tables of codes under the titles of the list; a title may have several tables.
const TABLES: &[(&str, &[&Code])] = &[
    ("Files", crate::io::LOAD_CODES),
    ("Files", crate::diagnostic::CODES),
    ("KDL", crate::syntax::kdl::CODES),
    ("YAML", crate::syntax::yaml::CODES),
    ("Language", crate::spec::merge::CODES),
    ("Language", crate::spec::problem::CODES),
    ("Fleet", crate::model::check::CODES),
    ("Fleet", crate::model::layers::CODES),
    ("Fleet", crate::model::load::CODES),
    ("Fleet", crate::plan::check::CODES),
    ("Fleet", crate::compile::UNUSED_CODES),
    ("Rollouts", crate::plan::delivery_check::CODES),
    ("Rollouts", crate::forecast::CODES),
    ("Policies", crate::policy::CODES),
    ("Templates", crate::render::CODES),
    ("Objects", crate::schema::CODES),
    ("Objects", crate::verify::CODES),
    ("Pods", crate::lint::security::CODES),
    ("Lint", crate::lint::CODES),
    ("Network", crate::plan::network::CODES),
    ("Argo CD", crate::plan::environment::CODES),
    ("Argo CD", crate::plan::environment::argo_cd_webhook::CODES),
    ("Edits", crate::edit::releases::CODES),
    ("Edits", crate::edit::convert::CODES),
    ("Tree", crate::compile::CODES),
    ("Tree", crate::io::tree::CODES),
];

/// Every code of the program, table by table.
pub fn all_codes() -> impl Iterator<Item = &'static Code> {
    TABLES.iter().flat_map(|(_, codes)| codes.iter().copied())
}

pub fn run(root: &Path, args: &Args, terminal: &mut Terminal) -> Exit {
    match (args.code.as_deref(), args.name.as_deref()) {
        (None, _) => {
            terminal.result(&list(&own_codes(root)));
            Exit::Clean
        }
        (Some("language"), name) => language(name, terminal),
        (Some("template"), name) => template(root, name, terminal),
        (Some(_), Some(name)) => {
            terminal.error(&format!("`{name}` is one argument too many"));
            terminal.message("help: only `language` and `template` take a second one\n");
            Exit::Usage
        }
        (Some(name), None) => code(root, name, terminal),
    }
}

/// A noun, or a field of one; all nouns where none is named.
fn language(name: Option<&str>, terminal: &mut Terminal) -> Exit {
    let nouns = reference::nouns();
    let Some(name) = name else {
        let width = nouns.iter().map(|(noun, _)| noun.len()).max();
        let width = width.unwrap_or_default();
        for (noun, shape) in &nouns {
            let doc = crate::spec::json_schema::sentence(shape.doc);
            terminal.result(&format!("{noun:width$}  {doc}\n"));
        }
        return Exit::Clean;
    };
    if let Some((noun, shape)) = nouns.iter().find(|(noun, _)| noun == name) {
        terminal.result(&reference::noun(noun, shape));
        return Exit::Clean;
    }
    let field = name.rsplit_once('.').and_then(|(noun, field)| {
        let (noun, shape) = nouns.iter().find(|(other, _)| other == noun)?;
        Some((noun, &shape.fields[shape.position(field)?]))
    });
    if let Some((noun, field)) = field {
        terminal.result(&reference::field(noun, field));
        return Exit::Clean;
    }
    let fields = nouns.iter().flat_map(|(noun, shape)| {
        let fields = shape.fields.iter();
        fields.map(move |field| format!("{noun}.{}", field.name))
    });
    let names: Vec<_> = nouns
        .iter()
        .map(|(noun, _)| noun.clone())
        .chain(fields)
        .collect();
    let Some(help) = likely(name, &nouns) else {
        return unknown("word of the language", name, &names, "language", terminal);
    };
    terminal.error(&format!("there is no word of the language `{name}`"));
    terminal.message(&format!("help: {help}\n"));
    Exit::Usage
}

/// What was meant by a field alone, or by a field that its noun does not have.
fn likely(name: &str, nouns: &[(String, &'static StructShape)]) -> Option<String> {
    let (noun, field) = name.rsplit_once('.').unwrap_or(("", name));
    if let Some((noun, shape)) = nouns.iter().find(|(other, _)| other == noun) {
        let fields = shape.fields.iter().map(|field| field.name);
        return Some(match problem::nearest(field, fields) {
            Some(near) => format!("did you mean `{noun}.{near}`?"),
            None => format!("`tiphys explain language {noun}` lists its fields"),
        });
    }
    let owners = nouns
        .iter()
        .filter(|(_, shape)| shape.position(field).is_some());
    let all: Vec<_> = owners
        .map(|(noun, _)| format!("`{noun}.{field}`"))
        .collect();
    let few = all.iter().take(4).cloned().collect::<Vec<_>>().join(", ");
    match all.len() {
        0 => None,
        1 => Some(format!("did you mean {few}?")),
        2..=4 => Some(format!("did you mean one of {few}?")),
        n => Some(format!("did you mean one of {few} or {} others?", n - 4)),
    }
}

/// What a template reads, and its text; all templates where none is named.
fn template(root: &Path, name: Option<&str>, terminal: &mut Terminal) -> Exit {
    let mut diags = Diagnostics::new();
    let sources = match io::exists(&root.join("environments")) {
        true => io::load(root, &mut diags),
        false => Ok(Default::default()),
    };
    let sources = match sources {
        Ok(sources) => complete(sources),
        Err(error) => return failed(&error, terminal),
    };
    let renderer = Renderer::new(&sources, &mut diags);
    let names: Vec<_> = renderer.names().map(str::to_string).collect();
    let Some(name) = name else {
        names
            .iter()
            .for_each(|name| terminal.result(&format!("{name}\n")));
        return Exit::Clean;
    };
    let Some(inputs) = renderer.inputs(name) else {
        return unknown("template", name, &names, "template", terminal);
    };
    let path = sources.path(inputs.file);
    let reads = inputs.variables.join("\n  ");
    let shown = text::visible(&inputs.text).into_owned();
    let may = may_use(&inputs::inputs(&sources, name));
    terminal.result(&format!("{path}\n\nReads\n  {reads}\n{may}\n{shown}"));
    Exit::Clean
}

/// What an override may use, from the objects that the fleet makes from the template.
fn may_use(inputs: &BTreeMap<String, Input>) -> String {
    if inputs.is_empty() {
        return String::new();
    }
    let width = inputs.keys().map(String::len).max().unwrap_or_default();
    let mut out = String::from("\nMay use, in this fleet\n");
    for (name, input) in inputs {
        let types = input.types.iter().copied().collect::<Vec<_>>().join(" or ");
        let example = input.example.as_ref();
        let example = example.map_or(String::new(), |example| format!(", such as {example}"));
        out.push_str(&visible(&format!("  {name:width$}  {types}{example}\n")));
    }
    out
}

fn unknown(what: &str, name: &str, names: &[String], list: &str, terminal: &mut Terminal) -> Exit {
    terminal.error(&format!("there is no {what} `{name}`"));
    let near = problem::nearest(name, names.iter().map(String::as_str));
    terminal.message(&match near {
        Some(near) => format!("help: did you mean `{near}`?\n"),
        None => format!("help: `tiphys explain {list}` lists all\n"),
    });
    Exit::Usage
}

fn code(root: &Path, name: &str, terminal: &mut Terminal) -> Exit {
    let own = own_codes(root);
    let mut all = all_codes().chain(own.iter().copied());
    if let Some(code) = all.find(|code| code.name == name) {
        let text = markdown::dedent(code.explanation);
        let text = markdown::render(&text, &terminal.result_look());
        terminal.result(&format!("{}: {}\n\n{text}", code.name, code.summary));
        return Exit::Clean;
    }
    terminal.error(&format!("there is no code `{name}`"));
    let near = nearest(name).or_else(|| {
        let names = own.iter().map(|code| code.name);
        problem::nearest(name, names)
    });
    terminal.message(&match near {
        Some(code) => format!("help: did you mean `{code}`?\n"),
        None => "help: `tiphys explain` lists all codes\n".to_string(),
    });
    Exit::Usage
}

/// Codes of the fleet's own rules; none where there is no fleet, or none that can be read.
fn own_codes(root: &Path) -> Vec<&'static Code> {
    let mut diags = Diagnostics::new();
    let sources = match io::exists(&root.join("schemas/policy")) {
        true => io::load(root, &mut diags).unwrap_or_default(),
        false => return Vec::new(),
    };
    let policies = Policies::load(&sources, &mut diags);
    let is_built_in = |code: &&Code| crate::policy::CODES.contains(code);
    policies.codes().filter(|code| !is_built_in(code)).collect()
}

fn list(own: &[&Code]) -> String {
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
    if !own.is_empty() {
        out.push_str("\nRules of this fleet\n");
    }
    for code in own {
        out.push_str(&format!("  {:width$}  {}\n", code.name, code.summary));
    }
    out
}

/// The code of the nearest name, if it is near: a third of its letters may differ.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
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
