//! The language in words, from the same tables that decode it: one section for each noun.

use std::collections::BTreeSet;

use super::document::Role;
use super::json_schema::sentence;
use super::problem;
use super::scalar::{ScalarShape, one_of};
use super::shape::{FieldShape, Shape, StructShape};

/// The roots in the order in which one reads about them, and where they stand.
const ROOTS: &[(&str, &str)] = &[
    ("fleet", "environments/fleet.kdl"),
    ("environment", "environments/<environment>/environment.kdl"),
    ("service", "environments/services/<service>.kdl"),
    ("component", "environments/components/<component>.kdl"),
    ("releases", "environments/<environment>/releases.yaml"),
];

/// Every noun with its path and its shape: roots first, then what they hold, each once.
pub fn nouns() -> Vec<(String, &'static StructShape)> {
    let roots = ROOTS
        .iter()
        .filter_map(|(word, _)| Some((word.to_string(), Role::of_word(word)?.shape())));
    let mut nouns: Vec<_> = roots.collect();
    let mut seen: BTreeSet<_> = nouns.iter().map(|(_, shape)| shape.name).collect();
    for (name, shape) in nouns.clone() {
        collect(&name, shape, &mut seen, &mut nouns);
    }
    nouns
}

/// How `explain language` calls the noun of that shape.
pub fn path_of(shape: &StructShape) -> Option<String> {
    let mut nouns = nouns().into_iter();
    let (path, _) = nouns.find(|(_, noun)| noun.name == shape.name)?;
    Some(path)
}

/// What a noun holds, under the noun's own path.
fn collect(
    name: &str,
    shape: &'static StructShape,
    seen: &mut BTreeSet<&'static str>,
    nouns: &mut Vec<(String, &'static StructShape)>,
) {
    for field in shape.fields {
        for (tag, inner) in inner(&field.shape) {
            if !seen.insert(inner.name) {
                continue;
            }
            let path = match tag {
                "" => format!("{name}.{}", field.name),
                tag => format!("{name}.{}.{tag}", field.name),
            };
            nouns.push((path.clone(), inner));
            collect(&path, inner, seen, nouns);
        }
    }
}

/// The structs that a shape holds, with their tags.
fn inner(shape: &Shape) -> Vec<(&'static str, &'static StructShape)> {
    match shape {
        Shape::Struct(shape) | Shape::Map(shape) | Shape::Group(shape) | Shape::List(shape) => {
            vec![("", *shape)]
        }
        Shape::Tagged(tags) => tags.to_vec(),
        _ => Vec::new(),
    }
}

/// The whole reference page in Markdown.
pub fn page() -> String {
    let mut out = String::from(
        "# The language\n\nGenerated from the tables that decode it. Arguments are marked; how \
         fields of each type are written and merged stands at the end.\n",
    );
    for (name, shape) in nouns() {
        out.push_str(&format!("\n## `{name}`\n\n{}\n", sentence(shape.doc)));
        if let Some((_, path)) = ROOTS.iter().find(|(word, _)| *word == name) {
            out.push_str(&format!("\nStands in `{path}`.\n"));
        }
        if !shape.fields.is_empty() {
            out.push_str(
                "\n| Field | Meaning | Type | In KDL | Merging |\n|---|---|---|---|---|\n",
            );
        }
        for field in shape.fields {
            out.push_str(&row(field));
        }
    }
    out + FORMS
}

fn row(field: &FieldShape) -> String {
    let argument = if field.argument { " (argument)" } else { "" };
    let cells = [
        format!("`{}`{argument}", field.name),
        sentence(field.doc),
        kind(&field.shape),
        format!("`{}`", example(field)),
        merging(&field.shape).to_string(),
    ];
    let cells: Vec<_> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    format!("| {} |\n", cells.join(" | "))
}

/// One field, for the terminal.
pub fn field(name: &str, field: &FieldShape) -> String {
    let argument = match field.argument {
        true => "It may stand as an argument.\n",
        false => "",
    };
    let head = format!(
        "{name}.{}: {}\n\n{}.\n{argument}Written `{}`. Merging: {}.\n",
        field.name,
        sentence(field.doc),
        capital(&kind(&field.shape)),
        example(field),
        merging(&field.shape),
    );
    let parts = inner(&field.shape).into_iter().map(|(tag, shape)| {
        let title = match tag {
            "" => "Its fields".to_owned(),
            tag => format!("Fields of `{tag}`"),
        };
        match shape.fields {
            [] => String::new(),
            _ => format!("\n{title}:\n{}", fields(shape)),
        }
    });
    head + &parts.collect::<String>()
}

/// One noun with its fields, for the terminal.
pub fn noun(name: &str, shape: &StructShape) -> String {
    let mut out = format!("{name}: {}\n", sentence(shape.doc));
    if !shape.fields.is_empty() {
        out.push('\n');
    }
    out + &fields(shape)
}

/// A line for each field.
fn fields(shape: &StructShape) -> String {
    let width = shape.fields.iter().map(|field| field.name.len()).max();
    let width = width.unwrap_or_default();
    let line = |field: &FieldShape| format!("  {:width$}  {}\n", field.name, sentence(field.doc));
    shape.fields.iter().map(line).collect()
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}

fn example(field: &FieldShape) -> String {
    problem::example(field.name, &field.shape)
        .trim_end()
        .to_string()
}

/// What a field takes.
fn kind(shape: &Shape) -> String {
    let one = |scalar: &ScalarShape| match scalar.words {
        [] => scalar.name.to_string(),
        words => format!("{}: {}", scalar.name, one_of(words)),
    };
    match shape {
        Shape::Scalar(scalar) => one(scalar),
        Shape::Flag => "a flag".into(),
        Shape::Sequence(scalar) => format!("a sequence; each {}", one(scalar)),
        Shape::Set(scalar) => format!("a set; each {}", one(scalar)),
        Shape::Struct(_) => "fields".into(),
        Shape::Map(_) => "fields by name".into(),
        Shape::Group(_) => "fields by name; several names may share them".into(),
        Shape::List(_) => "a list of fields".into(),
        Shape::Strings(key, value) => format!("texts by key: {} and {}", key.name, value.name),
        Shape::Calls(..) => "names, with or without a variable".into(),
        Shape::Tagged(tags) => {
            let words: Vec<_> = tags.iter().map(|(word, _)| *word).collect();
            format!("one kind of {}", one_of(&words))
        }
        Shape::Remove => "names of fields, and keys in them".into(),
    }
}

fn merging(shape: &Shape) -> &'static str {
    match shape {
        Shape::Scalar(_) | Shape::Flag => "replaces",
        Shape::Sequence(_) | Shape::List(_) => "replaces all",
        Shape::Set(_) | Shape::Calls(..) => "unites",
        Shape::Struct(_) => "field by field",
        Shape::Map(_) | Shape::Group(_) | Shape::Strings(..) => "by name",
        Shape::Tagged(_) => "same kind without preset: field by field; else replaces",
        Shape::Remove => "takes away from lower layers",
    }
}

const FORMS: &str = r#"
## How fields are written

| Type | KDL | YAML |
|---|---|---|
| one value | `drain "15s"`, or the property `drain="15s"` | `drain: "15s"` |
| a flag | `kubernetes-api`, or `kubernetes-api #true` | `kubernetes-api: true` |
| a sequence, a set | `steps 5 25 100` | `steps: [5, 25, 100]`; one value counts as a list of one |
| fields | `size cpu="100m" { replicas min=2 }` | `size: {cpu: "100m", replicas: {min: 2}}`; the first argument may stand alone: `http: 8080` |
| fields by name | `team "carts" oncall="carts"` | `team: {carts: {oncall: "carts"}}` |
| names that share fields | `deploy "carts" "pages"` | `deploy: ["carts", "pages"]` or a map |
| a list of fields | one node for each | a list; one counts as a list of one |
| texts by key | `config LOG_LEVEL="info"` | `config: {LOG_LEVEL: "info"}` |
| names with variables | `calls "cart" { ADS "ads" }` | `calls: ["cart", {ADS: "ads"}]` |
| one kind of several | `rollout canary { steps 5 100 }` | `rollout: {canary: {steps: [5, 100]}}`, or the word alone |
| `remove` | `remove { calls "ads"; expose }` | `remove: {calls: ["ads"], expose: true}` |
"#;
