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

/// A query as a run may ask it, and where each of its bytes comes from.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    pub text: String,
    /// For each byte of `text` the byte of what was written.
    origins: Vec<usize>,
}

impl Sample {
    /// What `text` asks with names of a service, hashes and a window that it might meet; `text` is
    /// one that [`Query::read`] takes.
    pub fn of(text: &str, namespace: &str, service: &str) -> Sample {
        let mut sample = Sample::default();
        let (mut quote, mut at) = (None, 0);
        while let Some(letter) = text.get(at..).and_then(|rest| rest.chars().next()) {
            let rest = text.get(at..).unwrap_or_default();
            let length = letter.len_utf8();
            let found = match (quote, letter) {
                (None, '#') => {
                    at += rest.find('\n').unwrap_or(rest.len());
                    continue;
                }
                (_, '$') => filled(rest, quote.is_some(), namespace, service),
                _ => None,
            };
            if let Some((value, length)) = found {
                value.chars().for_each(|one| sample.push(one, at));
                at += length;
                continue;
            }
            quote = match (quote, letter) {
                (None, '"' | '\'' | '`') => Some(letter),
                (Some(open), letter) if open == letter => None,
                (quote, _) => quote,
            };
            sample.push(letter, at);
            at += length;
            if letter == '\\' && quote.is_some_and(|open| open != '`') {
                let escaped = text.get(at..).and_then(|rest| rest.chars().next());
                if let Some(escaped) = escaped {
                    sample.push(escaped, at);
                    at += escaped.len_utf8();
                }
            }
        }
        sample
    }

    fn push(&mut self, letter: char, origin: usize) {
        self.text.push(letter);
        self.origins.resize(self.text.len(), origin);
    }

    /// Where a byte of the sample was written; the last one where it is behind the end.
    pub fn origin(&self, at: usize) -> usize {
        let found = self.origins.get(at).or(self.origins.last());
        found.copied().unwrap_or(0)
    }
}

/// The value of the name behind a `$`, and the length of both; `None` where a `$` is only that.
fn filled<'a>(
    rest: &str,
    is_quoted: bool,
    namespace: &'a str,
    service: &'a str,
) -> Option<(&'a str, usize)> {
    let name: &str = rest.get(1..)?;
    let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let name = name.get(..end.unwrap_or(name.len()))?;
    let value = match (name, is_quoted) {
        ("window", false) => "5m",
        ("version", true) => "6bbf74c58d",
        ("stable", true) => "7c94d9f6c5",
        ("namespace", true) => namespace,
        ("service", true) => service,
        _ => return None,
    };
    Some((value, 1 + name.len()))
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
    fn a_sample_knows_where_each_of_its_letters_was_written() {
        let text = r#"a{n="$namespace$"} # $x
 + b[$window]"#;
        let sample = Sample::of(text, "shop", "cart");
        assert_eq!(sample.text, "a{n=\"shop$\"} \n + b[5m]");
        for (part, origin) in [
            ("shop", "$namespace"),
            ("+", "+"),
            ("5m", "$window"),
            ("]", "]"),
        ] {
            let (at, from) = (sample.text.find(part).unwrap(), text.find(origin).unwrap());
            assert_eq!(sample.origin(at), from, "{part}");
        }
        assert_eq!(sample.origin(10_000), text.len() - 1);
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
