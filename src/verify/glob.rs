//! Patterns as Argo CD matches names and addresses: `*` and `**`, `?`, `[a-z]`, `{a,b}`, `\` before
//! a character that stands for itself.
//!
//! Source: argo-cd `util/glob/glob.go`, which is github.com/gobwas/glob. `*` and `?` stop at a
//! separator, `**` does not. A pattern that cannot be read matches nothing.

/// More alternatives than these are not looked at.
const MOST: usize = 256;

enum Piece {
    Char(char),
    /// Any number of characters, separators too if it is set.
    Any(bool),
    One,
    /// Ranges, and whether a character has to be outside of them.
    Class(Vec<(char, char)>, bool),
}

/// Does `text` match the whole pattern?
pub fn matches(pattern: &str, text: &str, separators: &[char]) -> bool {
    if !pattern.contains(['*', '?', '[', ']', '{', '}', '\\']) {
        return pattern == text;
    }
    let Some(alternatives) = alternatives(pattern) else {
        return false;
    };
    let text: Vec<char> = text.chars().collect();
    alternatives.iter().any(|one| {
        let pieces = pieces(one);
        pieces.is_some_and(|pieces| whole(&pieces, &text, separators))
    })
}

/// The pattern without braces, once for each choice; the innermost braces first.
fn alternatives(pattern: &str) -> Option<Vec<Vec<char>>> {
    let mut open = vec![pattern.chars().collect::<Vec<char>>()];
    let mut done = Vec::new();
    while let Some(next) = open.pop() {
        match innermost(&next) {
            Err(()) => return None,
            Ok(None) => done.push(next),
            Ok(Some((start, end))) => {
                for choice in choices(&next[start + 1..end]) {
                    open.push([&next[..start], choice, &next[end + 1..]].concat());
                }
            }
        }
        if open.len() + done.len() > MOST {
            return None;
        }
    }
    Some(done)
}

/// Places of the first closing brace and the opening one before it; an error where one is alone.
fn innermost(pattern: &[char]) -> Result<Option<(usize, usize)>, ()> {
    let mut start = None;
    for (at, char) in plain(pattern) {
        match char {
            '{' => start = Some(at),
            '}' => return start.map(|start| Some((start, at))).ok_or(()),
            _ => {}
        }
    }
    start.map_or(Ok(None), |_| Err(()))
}

/// The characters that no `\` stands before.
fn plain(pattern: &[char]) -> impl Iterator<Item = (usize, char)> + '_ {
    let mut escaped = false;
    pattern.iter().enumerate().filter_map(move |(at, char)| {
        let is_escaped = std::mem::take(&mut escaped);
        escaped = !is_escaped && *char == '\\';
        (!is_escaped && !escaped).then_some((at, *char))
    })
}

fn choices(inner: &[char]) -> Vec<&[char]> {
    let mut choices = Vec::new();
    let mut start = 0;
    for (at, _) in plain(inner).filter(|(_, char)| *char == ',') {
        choices.push(&inner[start..at]);
        start = at + 1;
    }
    choices.push(&inner[start..]);
    choices
}

fn pieces(pattern: &[char]) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut rest = pattern.iter().copied().peekable();
    while let Some(char) = rest.next() {
        pieces.push(match char {
            '\\' => Piece::Char(rest.next()?),
            '*' => Piece::Any(rest.next_if_eq(&'*').is_some()),
            '?' => Piece::One,
            '[' => {
                let is_outside = rest.next_if_eq(&'!').is_some();
                Piece::Class(class(&mut rest)?, is_outside)
            }
            other => Piece::Char(other),
        });
    }
    Some(pieces)
}

fn class(rest: &mut std::iter::Peekable<impl Iterator<Item = char>>) -> Option<Vec<(char, char)>> {
    let mut ranges = Vec::new();
    loop {
        let first = match rest.next()? {
            ']' => return (!ranges.is_empty()).then_some(ranges),
            '\\' => rest.next()?,
            other => other,
        };
        let last = match rest.next_if_eq(&'-') {
            Some(_) => rest.next()?,
            None => first,
        };
        ranges.push((first, last));
    }
}

/// One piece after the other over all places where a match may stand: no more steps than pieces
/// times characters.
fn whole(pieces: &[Piece], text: &[char], separators: &[char]) -> bool {
    let mut here = vec![false; text.len() + 1];
    here[0] = true;
    for piece in pieces {
        let mut next = vec![false; text.len() + 1];
        if let Piece::Any(crosses) = piece {
            let mut reached = false;
            for at in 0..=text.len() {
                let is_stopped = at > 0 && !crosses && separators.contains(&text[at - 1]);
                reached = here[at] || (reached && !is_stopped);
                next[at] = reached;
            }
        } else {
            for (at, char) in text.iter().enumerate() {
                next[at + 1] = here[at] && piece.takes(*char, separators);
            }
        }
        here = next;
    }
    here[text.len()]
}

impl Piece {
    fn takes(&self, char: char, separators: &[char]) -> bool {
        match self {
            Piece::Char(own) => *own == char,
            Piece::Any(_) => false,
            Piece::One => !separators.contains(&char),
            Piece::Class(ranges, is_outside) => {
                let is_in = ranges.iter().any(|(a, b)| *a <= char && char <= *b);
                is_in != *is_outside
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_argo_cd() {
        for (pattern, text, expected) in [
            ("https://a.example/x", "https://a.example/x", true),
            ("https://a.example/*", "https://a.example/x", true),
            ("https://a.example/*", "https://a.example/x/y", false),
            ("https://a.example/**", "https://a.example/x/y", true),
            ("**", "a/b/c", true),
            ("*", "a/b", false),
            ("", "", true),
            ("", "a", false),
            ("shop-?", "shop-1", true),
            ("shop-?", "shop-/", false),
            ("shop-[a-c]", "shop-b", true),
            ("shop-[!a-c]", "shop-b", false),
            ("{shop,cart}-{a,b*}", "cart-bee", true),
            ("{shop,cart{1,2}}", "cart2", true),
            ("{shop,cart}", "shopcart", false),
            ("a\\*", "a*", true),
            ("a\\*", "ab", false),
            ("{open", "{open", false),
            ("a]b", "a]b", true),
            ("[", "[", false),
            ("\\", "\\", false),
        ] {
            assert_eq!(matches(pattern, text, &['/']), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn patterns_with_many_ways_to_match_end_soon() {
        let pattern = format!("{}b", "*a".repeat(500));
        assert!(!matches(&pattern, &"a".repeat(2000), &[]));
        assert!(!matches(&"{a,b}".repeat(100), "a", &[]));
    }
}
