//! A query of one's own: PromQL in which a few names stand for what only the compiler or the run
//! knows.
//!
//! | name | where | stands for |
//! |---|---|---|
//! | `$namespace`, `$service` | inside a string | where the service lives, and its name |
//! | `$version` | inside a string | the pod hash of the version that is judged; for `of stable` the query is asked for the stable one too |
//! | `$stable` | inside a string | the pod hash of the stable version |
//! | `$window` | outside of strings | the window of rates |
//!
//! What is put in cannot leave its string: namespaces and names are DNS labels, hashes are the
//! controller's. The text itself is the author's; its strings and brackets must be closed, so that it
//! stays one expression inside of ours.

/// A part of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    Version,
    Stable,
    Window,
}

/// A query that has been read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query(pub Vec<Piece>);

/// Longer ones are refused.
const LONGEST: usize = 4000;
const DEEPEST: usize = 50;

impl Query {
    /// Reads the text for one service. An error is one sentence about the text.
    pub fn read(text: &str, namespace: &str, service: &str) -> Result<Query, String> {
        let mut reader = Reader {
            pieces: Vec::new(),
            text: String::new(),
            names: [("namespace", namespace), ("service", service)],
        };
        if text.trim().is_empty() {
            return Err("the query is empty".into());
        }
        if text.len() > LONGEST {
            return Err(format!("the query is longer than {LONGEST} characters"));
        }
        if text.contains("{{") || text.contains("}}") {
            return Err("`{{` and `}}` belong to Argo Rollouts; put a space between".into());
        }
        reader.read(text.trim())?;
        reader.flush();
        Ok(Query(reader.pieces))
    }

    pub fn has(&self, piece: &Piece) -> bool {
        self.0.contains(piece)
    }
}

struct Reader<'a> {
    pieces: Vec<Piece>,
    text: String,
    names: [(&'static str, &'a str); 2],
}

impl Reader<'_> {
    fn read(&mut self, text: &str) -> Result<(), String> {
        let mut open: Vec<char> = Vec::new();
        let mut rest = text;
        while let Some(letter) = rest.chars().next() {
            let after = &rest[letter.len_utf8()..];
            rest = match letter {
                '"' | '\'' | '`' => self.string(letter, after)?,
                '$' => self.name(after, None)?,
                // A comment would hide what we write behind it.
                '#' => after.find('\n').map_or("", |end| &after[end..]),
                _ => {
                    bracket(&mut open, letter)?;
                    self.text.push(letter);
                    after
                }
            };
        }
        match open.pop() {
            Some(letter) => Err(format!("`{letter}` is never closed")),
            None => Ok(()),
        }
    }

    /// From behind the opening quote to behind the closing one.
    fn string<'t>(&mut self, quote: char, mut rest: &'t str) -> Result<&'t str, String> {
        self.text.push(quote);
        loop {
            let Some(letter) = rest.chars().next() else {
                return Err("a string is never closed".into());
            };
            let after = &rest[letter.len_utf8()..];
            rest = match letter {
                '\\' if quote != '`' => {
                    let Some(escaped) = after.chars().next() else {
                        return Err("a string is never closed".into());
                    };
                    self.text.extend([letter, escaped]);
                    &after[escaped.len_utf8()..]
                }
                '$' if after.starts_with(|c: char| c.is_ascii_alphabetic()) => {
                    self.name(after, Some(quote))?
                }
                _ => {
                    self.text.push(letter);
                    if letter == quote {
                        return Ok(after);
                    }
                    after
                }
            };
        }
    }

    /// From behind the `$` to behind the name.
    fn name<'t>(&mut self, rest: &'t str, quote: Option<char>) -> Result<&'t str, String> {
        let end = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let piece = match (name, quote) {
            ("window", None) => Piece::Window,
            ("version", Some(_)) => Piece::Version,
            ("stable", Some(_)) => Piece::Stable,
            ("namespace" | "service", Some(_)) => {
                let value = self.names.iter().find(|(other, _)| *other == name);
                self.text.push_str(value.map_or("", |(_, value)| value));
                return Ok(after);
            }
            ("window", Some(_)) => return Err("`$window` stands outside of strings".into()),
            ("version" | "stable" | "namespace" | "service", None) => {
                return Err(format!("`${name}` stands inside a string: `\"${name}\"`"));
            }
            _ => {
                return Err(format!(
                    "`${name}` means nothing: there are `$namespace`, `$service`, `$version`, `$stable` and `$window`"
                ));
            }
        };
        self.flush();
        self.pieces.push(piece);
        Ok(after)
    }

    fn flush(&mut self) {
        if !self.text.is_empty() {
            self.pieces
                .push(Piece::Text(std::mem::take(&mut self.text)));
        }
    }
}

fn bracket(open: &mut Vec<char>, letter: char) -> Result<(), String> {
    let opening = match letter {
        '(' | '[' | '{' if open.len() == DEEPEST => {
            return Err(format!("brackets are nested more than {DEEPEST} deep"));
        }
        '(' | '[' | '{' => {
            open.push(letter);
            return Ok(());
        }
        ')' => '(',
        ']' => '[',
        '}' => '{',
        _ => return Ok(()),
    };
    match open.pop() {
        Some(last) if last == opening => Ok(()),
        _ => Err(format!("`{letter}` closes nothing")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, String> {
        let query = Query::read(text, "shop", "cart")?;
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            other => format!("<{other:?}>"),
        };
        Ok(query.0.iter().map(piece).collect())
    }

    #[test]
    fn names_stand_for_what_they_say() {
        for (text, expected) in [
            ("a", "a"),
            (
                r#"a{n="$namespace",s="$service"}"#,
                r#"a{n="shop",s="cart"}"#,
            ),
            (
                r#"rate(a{h="$version"}[$window])"#,
                r#"rate(a{h="<Version>"}[<Window>])"#,
            ),
            (r#"a{h='$stable'}"#, "a{h='<Stable>'}"),
            (r#"a{p=~"/x$|\"$namespace"}"#, r#"a{p=~"/x$|\"shop"}"#),
            ("a # $nothing (\n+ b", "a \n+ b"),
        ] {
            assert_eq!(read(text), Ok(expected.to_string()), "{text}");
        }
    }

    #[test]
    fn what_would_not_stay_one_expression_is_refused() {
        for (text, part) in [
            ("", "empty"),
            ("a) or (b", "closes nothing"),
            ("sum(a", "never closed"),
            ("a{b=\"c}", "never closed"),
            ("a{b=\"c\\", "never closed"),
            ("a[(])", "closes nothing"),
            ("a{x=\"$who\"}", "`$who` means nothing"),
            ("rate(a[5m]) * $service", "inside a string"),
            ("a{x=\"$window\"}", "outside of strings"),
            ("a{x=\"{{args.b}}\"}", "Argo"),
            (&"(".repeat(100), "nested"),
            (&"a".repeat(5000), "longer"),
        ] {
            let wrong = read(text).expect_err(text);
            assert!(wrong.contains(part), "{text}: {wrong}");
        }
    }
}
