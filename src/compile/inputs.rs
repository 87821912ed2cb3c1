//! What a template may use: everything that the drafts of a fleet give it, with types and examples.

use std::collections::{BTreeMap, BTreeSet};

use super::{Options, items};
use crate::diagnostic::Diagnostics;
use crate::draft::{Draft, Node, Traced};
use crate::model::resolve;
use crate::plan::Content;
use crate::source::SourceTree;

/// Maps in maps whose entries are named.
const DEPTH: usize = 3;
/// Bytes of an example.
const LONGEST: usize = 48;

/// A value of the context.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Input {
    /// Each type that it has somewhere: `text`, `null`.
    pub types: BTreeSet<&'static str>,
    /// The first value that is not null.
    pub example: Option<String>,
}

/// By name, members as `a.b`; items of lists as `a[].b`. Empty where no object of the fleet is made
/// from the template, or where there is no fleet.
pub fn inputs(sources: &SourceTree, template: &str) -> BTreeMap<String, Input> {
    let mut found = BTreeMap::new();
    let mut diags = Diagnostics::new();
    let Some(fleet) = resolve::resolve(sources, &mut diags) else {
        return found;
    };
    if diags.has_errors() {
        return found;
    }
    for item in items(sources, &fleet, &Options::default()) {
        for planned in item.planned(&mut diags) {
            if let Content::Draft(draft) = &planned.content {
                of_draft(draft, template, &mut found);
            }
        }
    }
    found
}

/// Parts are drafts themselves; a template sees what became of them.
fn of_draft(draft: &Draft, template: &str, found: &mut BTreeMap<String, Input>) {
    if draft.template == template {
        members("", &draft.context, DEPTH, found);
        for (name, _) in &draft.parts {
            let part = found.entry(name.to_string()).or_default();
            part.types.insert("a rendered part");
        }
    }
    for (_, part) in &draft.parts {
        of_draft(part, template, found);
    }
}

fn members(path: &str, value: &Traced, depth: usize, found: &mut BTreeMap<String, Input>) {
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    if let Node::Map(entries) = &value.node {
        for (key, part) in entries {
            let is_word = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            let step = match (path.is_empty(), is_word) {
                (true, _) => key.to_string(),
                (false, true) => format!("{path}.{key}"),
                (false, false) => format!("{path}[\"{key}\"]"),
            };
            note(&step, part, depth, found);
        }
    }
}

fn note(path: &str, value: &Traced, depth: usize, found: &mut BTreeMap<String, Input>) {
    let input = found.entry(path.to_string()).or_default();
    input.types.insert(type_of(value));
    if input.example.is_none() {
        input.example = example(value);
    }
    match &value.node {
        Node::List(list) => list
            .iter()
            .for_each(|item| members(&format!("{path}[]"), item, depth, found)),
        _ => members(path, value, depth, found),
    }
}

fn type_of(value: &Traced) -> &'static str {
    match value.node {
        Node::Null => "null",
        Node::Bool(_) => "true or false",
        Node::Int(_) => "whole number",
        Node::Float(_) => "number",
        Node::Str(_) => "text",
        Node::List(_) => "list",
        Node::Map(_) => "map",
    }
}

/// Single values alone: what lists and maps hold is named itself.
fn example(value: &Traced) -> Option<String> {
    let text = match &value.node {
        Node::Bool(flag) => flag.to_string(),
        Node::Int(number) => number.to_string(),
        Node::Float(number) => number.to_string(),
        Node::Str(text) => text.to_string(),
        Node::Null | Node::List(_) | Node::Map(_) => return None,
    };
    let line: String = text
        .lines()
        .next()
        .unwrap_or("")
        .chars()
        .take(LONGEST)
        .collect();
    let cut = if line.len() < text.trim_end().len() {
        " …"
    } else {
        ""
    };
    Some(format!("`{line}`{cut}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draft::Origin;

    #[test]
    fn members_of_maps_and_items_are_named_with_types_and_examples() {
        let port = Traced::map().with("name", "http").with("number", 8080u16);
        let context = Traced::map()
            .with("name", "cart")
            .with("user", None::<u32>)
            .with("ports", vec![port]);
        let inner = |user: Option<u32>| Draft {
            template: "service".into(),
            context: context.clone().with("group", user),
            parts: Vec::new(),
            origin: Origin::Derived,
        };
        let mut found = BTreeMap::new();
        of_draft(&inner(None), "service", &mut found);
        of_draft(&inner(Some(7)), "service", &mut found);
        let shown: Vec<_> = found
            .iter()
            .map(|(name, input)| {
                (
                    name.as_str(),
                    Vec::from_iter(input.types.iter().copied()).join(", "),
                    input.example.clone(),
                )
            })
            .collect();
        let expected = [
            ("group", "null, whole number", Some("`7`")),
            ("name", "text", Some("`cart`")),
            ("ports", "list", None),
            ("ports[].name", "text", Some("`http`")),
            ("ports[].number", "whole number", Some("`8080`")),
            ("user", "null", None),
        ];
        let expected = expected
            .map(|(name, types, example)| (name, types.to_string(), example.map(str::to_string)));
        assert_eq!(shown, expected);
    }
}
