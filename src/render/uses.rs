//! Which other templates a template names: `include`, `import`, `from` and `extends`.

const WORDS: [&str; 4] = ["include", "import", "from", "extends"];

/// The names in the statements of `text`; nothing where a name is no literal.
pub fn names(text: &str) -> Option<Vec<String>> {
    let mut names = Vec::new();
    for statement in text.split("{%").skip(1) {
        let inside = statement.split("%}").next().unwrap_or("");
        let inside = inside.trim_start_matches(['-', '+']).trim_start();
        let word = inside.split(|c: char| !c.is_ascii_alphabetic()).next();
        if !word.is_some_and(|word| WORDS.contains(&word)) {
            continue;
        }
        let own: Vec<_> = literals(inside).collect();
        if own.is_empty() {
            return None;
        }
        names.extend(own);
    }
    Some(names)
}

/// What stands in quotes.
fn literals(statement: &str) -> impl Iterator<Item = String> {
    let mut rest = statement;
    std::iter::from_fn(move || {
        let start = rest.find(['"', '\''])?;
        let quote = rest[start..].chars().next()?;
        let inside = &rest[start + 1..];
        let end = inside.find(quote)?;
        rest = &inside[end + 1..];
        Some(inside[..end].to_string())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_name_templates_by_literals() {
        let cases: &[(&str, Option<&[&str]>)] = &[
            ("a: 1", Some(&[])),
            ("{% include \"one\" %}", Some(&["one"])),
            ("{%- from 'one' import f -%}", Some(&["one"])),
            ("{% include [\"one\", 'two'] %}", Some(&["one", "two"])),
            ("{% if included == \"x\" %}", Some(&[])),
            ("{% include name %}", None),
            ("{% include \"open", None),
        ];
        for (text, expected) in cases {
            let expected = expected.map(|names| {
                names
                    .iter()
                    .map(|name| name.to_string())
                    .collect::<Vec<_>>()
            });
            assert_eq!(names(text), expected, "{text}");
        }
    }
}
