//! Words of a rule that nothing would complain about: a misspelt one only makes a rule that never
//! speaks, or speaks in riddles.

use std::collections::BTreeSet;

use super::WRONG_POLICY;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::schema::Schemas;
use crate::source::{SourceTree, Span};
use crate::spec::problem::nearest;
use crate::syntax::{Yaml, YamlKind, yaml};
use crate::value::Str;

/// What a rule may select besides kinds of objects.
const SUBJECTS: [&str; 4] = ["service", "environment", "component", "pod"];

/// Keywords of JSON Schema 2020-12 that hold one schema.
const ONE: &[&str] = &[
    "additionalProperties",
    "contains",
    "contentSchema",
    "else",
    "if",
    "items",
    "not",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];
/// Those that hold a list of schemas.
const LIST: &[&str] = &["allOf", "anyOf", "oneOf", "prefixItems"];
/// Those that hold schemas by name.
const MAP: &[&str] = &[
    "$defs",
    "dependentSchemas",
    "patternProperties",
    "properties",
];
/// Those that hold values.
const PLAIN: &[&str] = &[
    "$comment",
    "$ref",
    "const",
    "contentEncoding",
    "contentMediaType",
    "default",
    "dependentRequired",
    "deprecated",
    "description",
    "enum",
    "examples",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "maxContains",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minContains",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "pattern",
    "readOnly",
    "required",
    "title",
    "type",
    "uniqueItems",
    "writeOnly",
];
/// Schemas within schemas, at most.
const DEPTH: usize = 64;

/// Keywords of a schema that JSON Schema does not have.
pub fn schema(value: &Yaml, diags: &mut Diagnostics) {
    within(value, DEPTH, diags);
}

fn within(value: &Yaml, depth: usize, diags: &mut Diagnostics) {
    let (YamlKind::Map(entries), Some(depth)) = (&value.kind, depth.checked_sub(1)) else {
        return;
    };
    for (key, inner) in entries {
        let word = key.text.as_str();
        match &inner.kind {
            _ if ONE.contains(&word) => within(inner, depth, diags),
            YamlKind::List(list) if LIST.contains(&word) => {
                list.iter().for_each(|one| within(one, depth, diags));
            }
            YamlKind::Map(map) if MAP.contains(&word) => {
                map.iter().for_each(|(_, one)| within(one, depth, diags));
            }
            _ if [ONE, LIST, MAP, PLAIN]
                .iter()
                .any(|words| words.contains(&word)) => {}
            // Refused with words of their own.
            _ if word.starts_with('$') => {}
            _ => {
                let known = [ONE, LIST, MAP, PLAIN].into_iter().flatten().copied();
                let message = format!("JSON Schema has no keyword `{word}`");
                diags.push(unknown(message, key.span, word, known));
            }
        }
    }
}

fn unknown<'a>(
    message: String,
    span: Span,
    word: &str,
    known: impl Iterator<Item = &'a str>,
) -> Diagnostic {
    let help = match nearest(word, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "remove it, or correct it".to_string(),
    };
    let finding = Diagnostic::error(WRONG_POLICY, message);
    finding.at(span, "the rule would never speak").help(help)
}

/// Subjects and kinds that there are not.
pub fn selects(words: &[(Str, Span)], sources: &SourceTree, diags: &mut Diagnostics) {
    let is_subject = |word: &str| SUBJECTS.contains(&word);
    let words: Vec<_> = words.iter().filter(|(word, _)| !is_subject(word)).collect();
    if words.is_empty() {
        return;
    }
    let kinds = kinds(sources);
    for (word, span) in words {
        if !kinds.contains(word.as_str()) {
            let known = kinds.iter().map(String::as_str).chain(SUBJECTS);
            let message = format!("there is no kind `{word}`");
            diags.push(unknown(message, *span, word, known));
        }
    }
}

/// Every kind of the bundle, and those that the fleet defines itself.
fn kinds(sources: &SourceTree) -> BTreeSet<String> {
    let bundled = Schemas::bundled();
    let versions = bundled.kubernetes_versions();
    let mut kinds: BTreeSet<_> = versions
        .iter()
        .flat_map(|version| bundled.kinds(version))
        .map(|kind| kind.kind().to_string())
        .collect();
    let own = sources
        .iter()
        .filter(|(_, file)| file.path.starts_with("schemas/crds/"));
    for (id, file) in own {
        for tree in yaml::read_manifests(id, &file.text, &mut Diagnostics::new()) {
            let value = yaml::to_value(&tree);
            let kind = value.at(&["spec", "names", "kind"]);
            kinds.extend(kind.and_then(|kind| kind.as_str()).map(str::to_string));
        }
    }
    kinds
}

/// Placeholders that stand for nothing.
pub fn placeholders(text: &str, span: Span, diags: &mut Diagnostics) {
    for part in text.split('{').skip(1) {
        let Some((word, _)) = part.split_once('}') else {
            continue;
        };
        let is_word = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if is_word && word != "name" {
            let message = format!("`{{{word}}}` stands for nothing");
            let finding = Diagnostic::error(WRONG_POLICY, message);
            let help = "write `{name}`, which is what broke the rule";
            diags.push(finding.at(span, "would be printed as it is").help(help));
        }
    }
}
